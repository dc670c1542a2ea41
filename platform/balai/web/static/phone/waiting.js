/* /menunggu: what waits on this phone, with everything that can be done about it. */
const outbox = self.balaiOutbox;
const list = document.querySelector("[data-waiting-list]");
const words = list.dataset;
const none = document.querySelector("[data-waiting-none]");
const template = document.querySelector("template");

function draw(item) {
  const row = template.content.cloneNode(true);
  const part = (name) => row.querySelector(`[data-${name}]`);
  part("title").textContent = item.title;
  part("about").textContent = item.about || "";
  const size = item.files.reduce((sum, f) => sum + f.blob.size, 0);
  const files = item.files.length ? `${item.files.length} ${words.files}, ${Math.ceil(size / 1000)} KB` : "";
  part("when").textContent = [new Date(item.at).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" }), files].filter(Boolean).join(" · ");
  part("state").textContent = words[item.state];
  part("state").classList.add({ sent: "badge-good", refused: "badge-bad", waiting: "badge-warn", draft: "badge-info" }[item.state]);
  const errors = Object.values(item.errors || {});
  if (item.state === "refused" && !errors.length) errors.push(item.status === 413 ? words.tooLarge : words.gone);
  part("errors").append(...errors.map((text) => { const li = document.createElement("li"); li.textContent = text; return li; }));
  part("errors").hidden = !errors.length;
  const open = part("open");
  if (item.state === "sent") { open.href = item.url; open.textContent = item.code; } else open.href = `${item.action}#draf=${item.id}`;
  const send = part("send");
  send.hidden = !["waiting", "refused"].includes(item.state);
  /* What leads on: sending, or what was refused and has to be corrected first. */
  (item.state === "waiting" ? send : open).classList.add("btn-main");
  send.addEventListener("click", async () => { await outbox.alter(item.id, () => ({ state: "waiting", hold: 0 })); await flush(true); });
  const drop = part("drop");
  drop.addEventListener("click", async () => {
    if (item.state !== "sent" && !drop.dataset.sure) { drop.dataset.sure = "1"; drop.querySelector("span").textContent = words.sure; return; }
    await outbox.drop(item.id);
    await show();
    list.focus();
  });
  return row;
}

/* Whoever has just pressed "kirim", with a line, wants the thanks and the code. */
const follow = navigator.onLine ? new URLSearchParams(location.hash.slice(1)).get("kirim") : null;

async function show() {
  const items = await outbox.all();
  const arrived = items.find((i) => i.id === follow && i.state === "sent");
  if (arrived) { location.replace(arrived.url); return; }
  list.replaceChildren(...items.map(draw));
  none.hidden = items.length > 0;
}

async function flush(told) {
  const status = document.querySelector("[data-waiting-status]");
  status.textContent = told ? words.sending : "";
  const done = await outbox.flush();
  if (!done.busy) status.textContent = done.offline ? words.offline : done.later ? words.later : "";
  await show();
}

async function start() {
  for (const item of await outbox.all()) if (item.state === "waiting") await outbox.alter(item.id, () => ({ hold: 0 }));
  await show();
  await flush(false);
}
start();
outbox.onChange(() => show());
addEventListener("online", () => flush(false));
