/* Small comforts where JavaScript runs. Every page works without this file. */

/* Photos: shown before they are sent, refused at once when too big. A page may shrink them first:
   document.addEventListener("balai:photo", (e) => { e.detail.files = promise of smaller files; }) */
function photoField(input) {
  const preview = input.closest(".field").querySelector("[data-preview]");
  const most = Number(input.dataset.maxMb || 8) * 1e6;
  input.addEventListener("change", async () => {
    const detail = { files: Promise.resolve([...input.files]) };
    input.dispatchEvent(new CustomEvent("balai:photo", { bubbles: true, detail }));
    const files = await detail.files;
    if (files.some((f, i) => f !== input.files[i])) {
      const box = new DataTransfer();
      files.forEach((f) => box.items.add(f));
      input.files = box.files;
    }
    input.setCustomValidity(files.some((f) => f.size > most) ? input.dataset.tooBig : "");
    input.reportValidity();
    preview.replaceChildren(...files.filter((f) => f.type.startsWith("image/")).map((f) => {
      const img = document.createElement("img");
      img.src = URL.createObjectURL(f);
      img.alt = f.name;
      img.onload = () => URL.revokeObjectURL(img.src);
      return img;
    }));
  });
}

function copyButton(button) {
  if (!navigator.clipboard) return;
  button.hidden = false;
  const words = button.querySelector("span");
  const before = words.textContent;
  button.addEventListener("click", async () => {
    const from = document.querySelector(button.dataset.copy);
    await navigator.clipboard.writeText((from.value ?? from.textContent).trim());
    words.textContent = button.dataset.done;
    setTimeout(() => { words.textContent = before; }, 2500);
  });
}

/* To another app on the phone; the address of a page, never the link that opens the reporter's view. */
function shareButton(button) {
  if (!navigator.share) return;
  button.hidden = false;
  button.addEventListener("click", () => navigator.share({ title: button.dataset.title, url: button.dataset.share }).catch(() => {}));
}

function printButton(button) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

/* <input data-filter="#list">: hides the items of a long list that don't hold the words typed. */
function listFilter(input) {
  const items = [...document.querySelectorAll(`${input.dataset.filter} > *`)];
  const none = document.querySelector(input.dataset.none || "#none");
  input.closest("[hidden]")?.removeAttribute("hidden");
  const plain = (text) => text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "");
  input.addEventListener("input", () => {
    const words = plain(input.value).split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const item of items) {
      const text = plain(item.textContent);
      item.hidden = !words.every((w) => text.includes(w));
      if (!item.hidden) shown += 1;
    }
    if (none) none.hidden = shown > 0;
  });
}

/* A form is sent once, however often the button is pressed on a slow line. */
function sendOnce(form) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    form.setAttribute("aria-busy", "true");
    setTimeout(() => { delete form.dataset.sent; }, 15000);
  });
}
addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((f) => {
  delete f.dataset.sent;
  f.removeAttribute("aria-busy");
}));

/* <div data-show-if="kind=road|lamp">: a question that only makes sense after another's answer. Without scripts it is always there,
   and its hint says when to answer it. Hidden ones are disabled, so that they are neither demanded nor sent. */
function showIf(box) {
  const form = box.closest("form");
  const [name, values] = box.dataset.showIf.split("=");
  const wanted = values.split("|");
  const fields = [...box.querySelectorAll("input, select, textarea")];
  const update = () => {
    const given = new FormData(form).getAll(name);
    box.hidden = !given.some((value) => wanted.includes(value));
    fields.forEach((f) => { f.disabled = box.hidden; });
  };
  form.addEventListener("change", update);
  update();
}

/* The browser's own "please fill in" comes in the phone's language; ours comes in the page's. */
function ownWords(form) {
  form.addEventListener("invalid", (e) => {
    if (e.target.validity.valueMissing) e.target.setCustomValidity(form.dataset.required);
  }, true);
  const forget = (e) => { if (e.target.setCustomValidity && !e.target.matches("[data-photo]")) e.target.setCustomValidity(""); };
  form.addEventListener("input", forget);
  form.addEventListener("change", forget);
}

function enhance(root) {
  root.querySelectorAll("[data-show-if]").forEach(showIf);
  root.querySelectorAll("form[data-required]").forEach(ownWords);
  root.querySelectorAll("input[data-photo]").forEach(photoField);
  root.querySelectorAll("[data-copy]").forEach(copyButton);
  root.querySelectorAll("[data-share]").forEach(shareButton);
  root.querySelectorAll("[data-print-page]").forEach(printButton);
  root.querySelectorAll("input[data-filter]").forEach(listFilter);
  root.querySelectorAll('form[method="post"]').forEach(sendOnce);
  root.querySelectorAll("details.user").forEach((menu) => {
    menu.addEventListener("keydown", (e) => { if (e.key === "Escape") { menu.open = false; menu.firstElementChild.focus(); } });
    document.addEventListener("click", (e) => { if (!menu.contains(e.target)) menu.open = false; });
  });
}
enhance(document);
document.addEventListener("htmx:load", (e) => { if (e.target !== document.body) enhance(e.target); });
