/* The form remembers what was typed, and photos and voice too; without a line it waits in the outbox. */
const outbox = self.balaiOutbox;
const HOLD = 180_000;

function drafted(form) {
  const id = form.querySelector("[name=client_id]");
  /* The copy that the phone keeps has no id and an old token: it is always sent through the outbox. */
  const fromPhone = !id.value;
  if (fromPhone) id.value = crypto.randomUUID();
  const title = document.querySelector("h1").textContent.trim();
  let before = null;
  let timer = 0;
  let leaving = false;

  function collect() {
    const fields = [...new FormData(form)].filter(([name, value]) => typeof value === "string" && name !== "_kunci" && !name.endsWith("_kept"));
    const files = [];
    for (const input of form.querySelectorAll("input[type=file]")) {
      const chosen = [...input.files].map((blob) => ({ field: input.name, name: blob.name, blob }));
      const still = form.querySelector(`[name="${input.name}_kept"]:checked`) || before?.restored;
      files.push(...(chosen.length || !still ? chosen : (before?.files || []).filter((f) => f.field === input.name)));
    }
    const first = form.querySelector("textarea")?.value.trim() || "";
    return { id: id.value, action: form.getAttribute("action"), title, about: first.slice(0, 80), fields, files, errors: {} };
  }

  const keep = async (state, hold = 0) => { await outbox.put({ ...collect(), state, hold }); };

  function later() {
    clearTimeout(timer);
    timer = setTimeout(() => { timer = 0; if (!leaving) keep("draft").catch(() => {}); }, 800);
  }

  function fill(item) {
    const district = form.querySelector("[data-two-steps]");
    for (const field of form.elements) {
      if (!field.name || field.type === "file" || field.type === "hidden" || field.type === "submit") continue;
      const values = item.fields.filter(([name]) => name === field.name).map(([, value]) => value);
      if (field.type === "checkbox" || field.type === "radio") field.checked = values.includes(field.value);
      else if (values.length) field.value = values[0];
    }
    for (const input of form.querySelectorAll("input[type=file]")) {
      const box = new DataTransfer();
      item.files.filter((f) => f.field === input.name).forEach((f) => box.items.add(new File([f.blob], f.name, { type: f.blob.type })));
      if (!box.files.length) continue;
      input.files = box.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    }
    form.dispatchEvent(new Event("change", { bubbles: true }));
    if (district) form.dispatchEvent(new CustomEvent("balai:area", { detail: Object.fromEntries(item.fields) }));
    for (const [name, message] of Object.entries(item.errors || {})) {
      const field = document.getElementById(`f-${name}`);
      if (field?.setCustomValidity) { field.setCustomValidity(message); field.reportValidity(); }
    }
  }

  async function restore(item) {
    /* A fresh page's own id is dropped: the report keeps the one under which a first copy may have arrived already. */
    id.value = item.id;
    before = { ...item, restored: true };
    fill(item);
    await outbox.alter(item.id, () => ({ state: "draft", hold: 0 }));
  }

  async function offer() {
    const wanted = new URLSearchParams(location.hash.slice(1)).get("draf");
    if (wanted) {
      const item = await outbox.get(wanted);
      if (item && item.state !== "sent") await restore(item);
      return;
    }
    before = (await outbox.get(id.value)) || null;
    const note = document.querySelector("[data-draft-note]");
    const old = (await outbox.all()).find((i) => i.state === "draft" && i.action === form.getAttribute("action") && i.id !== id.value);
    if (!note || !old || before) return;
    note.hidden = false;
    note.querySelector("[data-continue]").addEventListener("click", () => { note.hidden = true; restore(old); });
    note.querySelector("[data-forget]").addEventListener("click", async () => { note.hidden = true; await outbox.drop(old.id); });
  }

  form.addEventListener("input", later);
  form.addEventListener("change", later);
  form.addEventListener("submit", async (event) => {
    if (event.submitter?.name) return;
    clearTimeout(timer);
    leaving = true;
    if (navigator.onLine && !fromPhone) {
      keep("waiting", Date.now() + HOLD).catch(() => {});
      return;
    }
    event.preventDefault();
    await keep("waiting");
    const there = await navigator.serviceWorker?.getRegistration();
    await there?.sync?.register("balai-kirim").catch(() => {});
    location.assign(`/menunggu#kirim=${id.value}`);
  });
  /* A phone puts a page away without saying goodbye. */
  document.addEventListener("visibilitychange", () => {
    if (document.hidden && timer && !leaving) keep("draft").catch(() => {});
  });
  addEventListener("pageshow", () => { leaving = false; });
  offer().catch(() => {});
  /* So that this form opens without a line next time. */
  navigator.serviceWorker?.ready.then((there) => there.active?.postMessage({ keep: form.getAttribute("action") })).catch(() => {});
}
if (outbox && self.indexedDB) document.querySelectorAll("form[data-draft]").forEach(drafted);
