/* The officer's keyboard, ticked rows, and news of an open list. Everything here has a link or a button that does the same. */

const OFF = "balai.tombol";
const typing = (el) => el.closest("input:not([type=checkbox]), select, textarea, [contenteditable]");
const rows = () => [...document.querySelectorAll("[data-row]")];
const rowLink = (row) => row.querySelector("[data-row-link]");
const say = (words) => { const box = document.querySelector("[data-say]"); if (box) box.textContent = words; };

function moveFocus(by) {
  const all = rows();
  if (!all.length) return;
  const at = all.indexOf(document.activeElement.closest("[data-row]"));
  const to = at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + by, 0), all.length - 1);
  rowLink(all[to]).focus();
}

function countTicks(form) {
  const ticked = form.querySelectorAll("[name=pilih]:checked").length;
  form.querySelectorAll("[data-ticked]").forEach((el) => { el.textContent = ticked; });
  form.querySelector("[data-tick-all]").checked = ticked > 0 && ticked === form.querySelectorAll("[name=pilih]").length;
  rows().forEach((row) => row.classList.toggle("is-ticked", row.querySelector("[name=pilih]")?.checked || false));
}

function tickAll(form, on) {
  form.querySelectorAll("[name=pilih]").forEach((box) => { box.checked = on; });
  countTicks(form);
}

/* A key presses what carries it: data-key on a link, a button, a summary or a field. */
function press(el) {
  const more = el.closest("details");
  if (more && el.tagName !== "SUMMARY") more.open = true;
  if (el.matches("input, select, textarea")) { el.focus(); return; }
  if (el.tagName === "SUMMARY") { more.open = true; (more.querySelector("textarea, select, input:not([type=hidden])") || el).focus(); return; }
  el.click();
}

function keys(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.key === "Escape" && typing(event.target) && !document.querySelector("dialog[open]")) { event.target.blur(); return; }
  if (typing(event.target) || document.querySelector("dialog[open]") || localStorage.getItem(OFF)) return;
  const form = document.querySelector("[data-bulk]");
  const found = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (event.key === "j") moveFocus(1);
  else if (event.key === "k") moveFocus(-1);
  else if (event.key === "x" && form) {
    const box = document.activeElement.closest("[data-row]")?.querySelector("[name=pilih]");
    if (!box) return;
    box.checked = !box.checked;
    countTicks(form);
    say(box.checked ? form.dataset.wordTicked : form.dataset.wordUnticked);
  } else if (event.key === "a" && form) tickAll(form, !form.querySelector("[data-tick-all]").checked);
  else if (found) press(found);
  else return;
  event.preventDefault();
}

function help() {
  const dialog = document.querySelector("[data-keys-help]");
  if (!dialog) return;
  const off = dialog.querySelector("[data-keys-off]");
  off.checked = Boolean(localStorage.getItem(OFF));
  off.addEventListener("change", () => { if (off.checked) localStorage.setItem(OFF, "mati"); else localStorage.removeItem(OFF); });
  document.querySelectorAll("[data-keys-open]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => dialog.showModal());
  });
}

/* News: asked every 20 seconds while somebody looks; nothing is moved under a reader's eyes, a line offers the new list. */
function watch(box) {
  const every = 20000;
  let tag = box.dataset.tag;
  let wait = every;
  let timer = 0;
  const again = () => { clearTimeout(timer); if (!document.hidden) timer = setTimeout(ask, wait); };
  async function ask() {
    try {
      const answer = await fetch(box.dataset.watch, { headers: { "If-None-Match": `"${tag}"` }, cache: "no-store", redirect: "manual" });
      if (answer.status === 200 && (answer.headers.get("Content-Type") || "").includes("json")) {
        tag = (answer.headers.get("ETag") || "").replaceAll('"', "").replace("W/", "");
        box.querySelector("[data-words]").textContent = (await answer.json()).text;
        box.hidden = false;
      } else if (answer.status !== 304 && answer.status < 500) return; // signed out: no more questions
      wait = answer.status >= 500 ? Math.min(wait * 2, 300000) : every;
    } catch { wait = Math.min(wait * 2, 300000); }
    again();
  }
  document.addEventListener("visibilitychange", () => { clearTimeout(timer); if (!document.hidden) { wait = every; ask(); } });
  again();
}

/* A text to begin with, put into the field without leaving the page. */
function replies(link) {
  link.addEventListener("click", (event) => {
    const field = document.getElementById(link.dataset.into);
    if (!field) return;
    event.preventDefault();
    if (field.value.trim() && !field.value.includes(link.dataset.text)) field.value = `${field.value.trimEnd()}\n\n${link.dataset.text}`;
    else field.value = link.dataset.text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  });
}

/* The way back leads to the list as it was filtered. */
const list = document.querySelector("[data-inbox]");
if (list) sessionStorage.setItem("balai.daftar", location.pathname + location.search);
const before = sessionStorage.getItem("balai.daftar");
if (!list && before) document.querySelectorAll('.crumbs a[href="/kelola/laporan"], [data-back]').forEach((a) => { a.href = before; });

const bulk = document.querySelector("[data-bulk]");
if (bulk) {
  const all = bulk.querySelector("[data-tick-all]");
  all.closest("[hidden]").hidden = false;
  all.addEventListener("change", () => tickAll(bulk, all.checked));
  bulk.addEventListener("change", () => countTicks(bulk));
  countTicks(bulk);
}
help();
document.addEventListener("keydown", keys);
document.querySelectorAll("[data-watch]").forEach(watch);
document.querySelectorAll("[data-into]").forEach(replies);
