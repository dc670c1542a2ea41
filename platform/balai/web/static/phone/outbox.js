/* Reports that wait on this phone: kept in IndexedDB, sent exactly once. The same code runs in pages and in the worker.

   An item: id (made by the phone; the server accepts a second copy of it never), action, title, fields [[name, value]],
   files [{field, name, blob}], state draft | waiting | refused | sent, hold (until when a page itself is sending it), errors by
   field, code and url once it is sent. */
self.balaiOutbox = (() => {
  const MONTH = 30 * 864e5;
  const channel = self.BroadcastChannel ? new BroadcastChannel("balai") : null;

  function open() {
    return new Promise((done, failed) => {
      const asked = indexedDB.open("balai", 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore("outbox", { keyPath: "id" });
      asked.onsuccess = () => done(asked.result);
      asked.onerror = () => failed(asked.error);
    });
  }

  async function run(mode, act) {
    const base = await open();
    try {
      return await new Promise((done, failed) => {
        const step = base.transaction("outbox", mode);
        const asked = act(step.objectStore("outbox"));
        step.oncomplete = () => done(asked.result);
        step.onabort = step.onerror = () => failed(step.error);
      });
    } finally { base.close(); }
  }

  const get = (id) => run("readonly", (s) => s.get(id));
  const drop = (id) => run("readwrite", (s) => s.delete(id)).then(tell);
  const put = (item) => run("readwrite", (s) => s.put({ ...item, at: Date.now() })).then(tell);
  /* Other pages and the worker by the channel, this very page by an event: a channel doesn't tell who speaks. */
  const tell = () => { channel?.postMessage("changed"); self.dispatchEvent(new Event("balai:changed")); };

  async function all() {
    const items = await run("readonly", (s) => s.getAll());
    const old = items.filter((i) => i.at < Date.now() - MONTH);
    for (const item of old) await run("readwrite", (s) => s.delete(item.id));
    return items.filter((i) => !old.includes(i)).sort((a, b) => b.at - a.at);
  }

  /* Change an item if it is still there; `change` answers the parts to replace, or nothing. */
  async function alter(id, change) {
    const item = await get(id);
    const parts = item && change(item);
    if (parts) await put({ ...item, ...parts });
  }

  async function send(item) {
    const key = await (await fetch("/token-formulir", { cache: "no-store" })).json();
    const body = new FormData();
    for (const [name, value] of item.fields) body.append(name, value);
    for (const file of item.files) body.append(file.field, file.blob, file.name);
    body.set("client_id", item.id);
    body.set(key.field, key.token);
    const answer = await fetch(item.action, { method: "POST", body, headers: { Accept: "application/json" } });
    const told = await answer.json().catch(() => ({}));
    if (answer.ok && told.code) return { state: "sent", code: told.code, url: told.url, fields: [], files: [], errors: {} };
    /* Staff whose session has run out are led to sign in, or told so: what they wrote waits. */
    if (answer.status === 401 || answer.redirected) return { later: true, signIn: true };
    if (answer.status === 403 || answer.status === 429 || answer.status >= 500 || answer.ok) return { later: true };
    return { state: "refused", status: answer.status, errors: told.errors || {} };
  }

  /* Send what waits, one after the other; answers the items that were sent. Stops where the line is gone. */
  async function flush() {
    const sent = [];
    for (const { id } of (await all()).reverse()) {
      const item = await get(id);
      if (!item || item.state !== "waiting" || item.hold > Date.now()) continue;
      const outcome = await send(item).catch(() => null);
      if (!outcome) return { sent, offline: true };
      if (outcome.later) return { sent, ...outcome };
      await alter(id, (now) => (now.state === "waiting" ? outcome : null));
      if (outcome.state === "sent") sent.push({ ...item, ...outcome });
    }
    return { sent };
  }

  function onChange(act) {
    channel?.addEventListener("message", act);
    self.addEventListener("balai:changed", act);
  }

  /* One sender at a time, page or worker. Twice would do no harm, but cost the sender's quota. */
  const flushOnce = () => (navigator.locks
    ? navigator.locks.request("balai-kirim", { ifAvailable: true }, (lock) => (lock ? flush() : { sent: [], busy: true }))
    : flush());

  return { all, get, put, drop, alter, flush: flushOnce, onChange };
})();
