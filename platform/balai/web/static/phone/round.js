/* A round of doors, at each of which a number is read: meters of water, of power. The list is kept on this phone, what was read
   waits in the outbox, and all of it works without a line. The page itself is the same for everybody and holds nothing.

   The list's address answers {month, member, at, stops: [{id, number, address, route, serial, digits, previous, usual, state
   (todo | done | again), stand, why}]}; each stand is sent to the other address as connection, month, stand, read_at, note and photo. */
const outbox = self.balaiOutbox;
const root = document.querySelector("[data-round]");
const words = root.dataset;
const part = (name) => root.querySelector(`[data-${name}]`);
const form = part("form");
const { stand, note, photo } = form.elements;
let kept = null;
let current = null;
let sure = "";

function base(mode, act) {
  return new Promise((done, failed) => {
    const asked = indexedDB.open("balai-rute", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("round", { keyPath: "list" });
    asked.onerror = () => failed(asked.error);
    asked.onsuccess = () => {
      const step = asked.result.transaction("round", mode);
      const wish = act(step.objectStore("round"));
      step.oncomplete = () => { asked.result.close(); done(wish.result); };
      step.onerror = () => { asked.result.close(); failed(step.error); };
    };
  });
}
const save = () => (kept ? base("readwrite", (s) => s.put(kept)) : base("readwrite", (s) => s.delete(words.list)));

/* What this phone has read itself says more than the list, until the list has it too. */
const mine = (stop) => kept.mine[stop.id];
const stateOf = (stop) => mine(stop)?.state || stop.state;
const isDone = (stop) => !["todo", "again", "refused"].includes(stateOf(stop));
const say = (text) => { part("status").textContent = text; };
const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_all, key) => values[key]);

function oddity(stop, value) {
  const full = 10 ** stop.digits;
  let use = value - stop.previous;
  if (use < 0) {
    use += full;
    if (use > full / 4) return filled(words.backwards, stop);
  }
  if (stop.usual !== null && use > 2 * stop.usual && use > 5) return filled(words.high, { use, usual: stop.usual });
  return "";
}

function open(stop) {
  current = stop;
  sure = "";
  form.reset();
  photo.dispatchEvent(new Event("change", { bubbles: true }));
  form.hidden = !stop;
  part("finished").hidden = Boolean(stop) || !kept?.stops.length;
  if (!stop) return;
  for (const name of ["number", "address", "serial", "previous"]) part(name).textContent = stop[name];
  part("usual").textContent = stop.usual === null ? "-" : filled(words.volume, { use: stop.usual });
  part("why").hidden = !stop.why;
  part("why").textContent = filled(words.again, stop);
  const errors = Object.values(mine(stop)?.errors || {});
  part("warning").hidden = !errors.length;
  part("warning-text").textContent = errors.join(" ");
  if (mine(stop)?.stand !== undefined) stand.value = mine(stop).stand;
  part("save").textContent = words.save;
}

function draw() {
  const stops = kept?.stops || [];
  part("progress").textContent = filled(words.progress, { done: stops.filter(isDone).length, all: stops.length });
  part("empty").hidden = stops.length > 0;
  part("doors").hidden = !stops.length;
  const wanted = part("find").value.trim().toLowerCase();
  const shown = stops.filter((s) => !wanted || `${s.number} ${s.address} ${s.serial}`.toLowerCase().includes(wanted));
  part("stops").replaceChildren(...shown.map((stop) => {
    const row = root.querySelector("template").content.cloneNode(true);
    const state = stateOf(stop);
    row.querySelector("[data-name]").textContent = stop.number;
    row.querySelector("[data-place]").textContent = stop.address;
    const badge = row.querySelector("[data-state]");
    badge.textContent = words[`is${state}`];
    badge.classList.add({ done: "badge-good", sent: "badge-good", waiting: "badge-warn", refused: "badge-bad", again: "badge-bad" }[state] || "badge-info");
    row.querySelector("button").addEventListener("click", () => { open(stop); form.scrollIntoView(); stand.focus(); });
    return row;
  }));
  const waiting = Object.values(kept?.mine || {}).filter((m) => m.state === "waiting").length;
  part("waiting").textContent = waiting ? filled(words.waiting, { count: waiting }) : words.nothing;
  part("send").hidden = !waiting;
}

function next() {
  const stops = kept?.stops || [];
  const at = stops.indexOf(current);
  open([...stops.slice(at + 1), ...stops.slice(0, at + 1)].find((s) => !isDone(s)) || null);
}

/* What the outbox knows of this round's stands: arrived, refused, still waiting. */
async function settle() {
  if (!kept) return;
  for (const item of await outbox.all()) {
    if (item.action !== words.send) continue;
    const id = item.fields.find(([name]) => name === "connection")?.[1] || Object.keys(kept.mine).find((k) => kept.mine[k].item === item.id);
    if (kept.mine[id]?.item !== item.id) continue;
    kept.mine[id] = { ...kept.mine[id], state: item.state, errors: item.errors || {} };
    await save();
    if (item.state === "sent") await outbox.drop(item.id);
  }
  draw();
}

async function flush() {
  const done = await outbox.flush();
  await settle();
  if (done.busy) return;
  part("sign-in").hidden = !done.signIn;
  say(done.offline ? words.offline : done.signIn ? words.signedOut : done.later ? words.later : "");
}

async function fetchRound() {
  const answer = await fetch(words.list, { cache: "no-store", redirect: "manual", headers: { Accept: "application/json" } }).catch(() => null);
  part("sign-in").hidden = !answer || answer.ok || !(answer.type === "opaqueredirect" || answer.status === 401);
  if (!answer) { say(words.offline); return; }
  if (answer.status === 403) { say(words.forbidden); return; }
  if (!answer.ok) { say(part("sign-in").hidden ? words.later : words.signedOut); return; }
  const list = await answer.json();
  const before = kept && kept.member === list.member && kept.month === list.month ? kept.mine : {};
  /* The list was made after those had arrived: it says itself what became of them. */
  const still = Object.fromEntries(Object.entries(before).filter(([, m]) => m.state !== "sent"));
  kept = { ...list, list: words.list, mine: still, kept: Date.now() };
  await save();
  draw();
  open(kept.stops.find((s) => s.id === current?.id && !isDone(s)) || kept.stops.find((s) => !isDone(s)) || null);
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const stop = current;
  const value = stand.value.trim();
  stand.setCustomValidity("");
  if (!/^\d+$/.test(value) || value.length > stop.digits) {
    stand.setCustomValidity(filled(words.digitsOnly, stop));
    stand.reportValidity();
    return;
  }
  const odd = oddity(stop, Number(value));
  if (odd && sure !== value) {
    sure = value;
    part("warning").hidden = false;
    part("warning-text").textContent = odd;
    part("save").textContent = words.saveAnyway;
    return;
  }
  const files = [...photo.files].map((blob) => ({ field: "photo", name: blob.name, blob }));
  const id = crypto.randomUUID();
  const fields = [["connection", stop.id], ["month", kept.month], ["stand", value], ["read_at", new Date().toISOString()], ["note", note.value.trim()]];
  const old = mine(stop);
  await outbox.put({ id, action: words.send, title: filled(words.item, stop), about: value, fields, files, state: "waiting", hold: 0, errors: {} });
  kept.mine[stop.id] = { stand: value, item: id, state: "waiting" };
  await save();
  if (old && old.state !== "sent") await outbox.drop(old.item);
  say(filled(words.saved, stop));
  next();
  draw();
  if (current) { form.scrollIntoView(); stand.focus(); }
  const there = await navigator.serviceWorker?.getRegistration();
  await there?.sync?.register("balai-kirim").catch(() => {});
  flush().catch(() => {});
});
stand.addEventListener("input", () => {
  stand.setCustomValidity("");
  if (sure && sure !== stand.value.trim()) { sure = ""; part("warning").hidden = true; part("save").textContent = words.save; }
});
part("skip").addEventListener("click", () => { next(); if (current) stand.focus(); });
part("send").addEventListener("click", () => flush());
part("renew").addEventListener("click", () => fetchRound());
part("find").addEventListener("input", draw);

/* So that this page opens tomorrow morning without a line. */
async function keepPage() {
  if (!("serviceWorker" in navigator)) return;
  const there = await navigator.serviceWorker.ready;
  there.active?.postMessage({ keep: location.pathname });
  if (!navigator.serviceWorker.controller) await new Promise((done) => { navigator.serviceWorker.addEventListener("controllerchange", done, { once: true }); });
  for (const script of document.querySelectorAll("script[src]")) await fetch(script.src);
}

async function start() {
  root.hidden = false;
  kept = (await base("readonly", (s) => s.get(words.list))) || null;
  if (kept && kept.kept < Date.now() - Number(words.days) * 864e5) { kept = null; await save(); }
  await settle();
  draw();
  open(kept?.stops.find((s) => !isDone(s)) || null);
  await fetchRound();
  await flush();
}
outbox.onChange(() => settle().catch(() => {}));
addEventListener("online", () => { fetchRound().then(flush).catch(() => {}); });
start().catch(() => say(words.later));
keepPage().catch(() => {});
