/* On every page for citizens: the worker, what waits on this phone, and sending it when the line is back. */
const outbox = self.balaiOutbox;
const words = document.querySelector("[data-phone]")?.dataset;

function show(kind, text, url, label) {
  const main = document.getElementById("isi");
  let box = document.querySelector("[data-phone-note]");
  if (!box) {
    box = document.createElement("div");
    box.dataset.phoneNote = "";
    box.className = "wrap";
    box.setAttribute("role", "status");
    main.prepend(box);
  }
  const alert = document.createElement("div");
  alert.className = `alert${kind ? ` alert-${kind}` : ""} phone-note`;
  const line = document.createElement("p");
  line.append(`${text} `);
  const link = document.createElement("a");
  link.href = url;
  link.textContent = label;
  line.append(link);
  alert.append(line);
  box.replaceChildren(alert);
}

async function look() {
  if (document.querySelector("[data-waiting-list]")) return;
  const items = await outbox.all();
  const refused = items.filter((i) => i.state === "refused").length;
  const waiting = items.filter((i) => i.state === "waiting" && !(i.hold > Date.now())).length;
  const warning = document.querySelector("[data-waiting-warning]");
  if (warning) warning.hidden = !items.some((i) => i.state !== "sent");
  if (refused) show("warn", words.refused, "/menunggu", words.see);
  else if (waiting) show("", words.waiting, "/menunggu", words.see);
  else document.querySelector("[data-phone-note]")?.remove();
}

async function flush() {
  const { sent } = await outbox.flush();
  await look();
  for (const item of sent) if (!document.querySelector("[data-waiting-list]")) show("good", words.sent, item.url, item.code);
}

/* What this very page is about must not be sent behind its back: a form that came back, or thanks for one that arrived. */
async function settle() {
  const arrived = document.querySelector("meta[name=balai-terkirim]")?.content;
  if (arrived) await outbox.drop(arrived);
  const open = document.querySelector("main input[name=client_id]")?.value;
  if (open) await outbox.alter(open, (item) => (item.state === "sent" ? null : { state: "draft", hold: 0 }));
}

/* Whoever joins a report that is there already has nothing left to send. */
document.addEventListener("submit", (event) => {
  const id = event.target.querySelector("input[name=client_id]")?.value;
  if (event.submitter?.name === "ikut" && id) outbox.drop(id).catch(() => {});
});

async function register() {
  const { worker } = words;
  if (!("serviceWorker" in navigator)) return;
  if (worker) await navigator.serviceWorker.register(worker, { scope: "/", updateViaCache: "none" });
  else for (const old of await navigator.serviceWorker.getRegistrations()) await old.update().catch(() => {});
}

if (words && outbox && self.indexedDB) {
  settle().then(flush).catch(() => {});
  addEventListener("online", () => flush().catch(() => {}));
  outbox.onChange(() => look().catch(() => {}));
  /* The page first: the worker's own files come when nothing else does. */
  addEventListener("load", () => (self.requestIdleCallback || setTimeout)(() => register().catch(() => {})));
}
