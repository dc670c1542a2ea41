/* Photos are made small on the phone: a weak line carries 100 KB in 16 seconds, a camera's 4 MB in eleven minutes. Drawing anew
   also drops where and when the photo was taken. */
const ALL = 150_000;
const LEAST = 45_000;
const SIDES = [1280, 1024, 800, 640];
const QUALITIES = [0.75, 0.6, 0.45];
const originals = new WeakMap();
const busy = new Set();

const blobOf = (canvas, quality) => new Promise((done) => { canvas.toBlob(done, "image/jpeg", quality); });

async function shrink(file, most) {
  if (!file.type.startsWith("image/")) return file;
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" }).catch(() => null);
  if (!picture) return file;
  const canvas = document.createElement("canvas");
  let best = null;
  for (const side of SIDES) {
    const scale = Math.min(1, side / Math.max(picture.width, picture.height));
    canvas.width = Math.max(1, Math.round(picture.width * scale));
    canvas.height = Math.max(1, Math.round(picture.height * scale));
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    for (const quality of QUALITIES) {
      best = await blobOf(canvas, quality);
      if (!best || best.size <= most) break;
    }
    if (!best || best.size <= most) break;
  }
  picture.close();
  if (!best) return file;
  return new File([best], `${file.name.replace(/\.\w+$/, "")}.jpg`, { type: "image/jpeg" });
}

document.addEventListener("balai:photo", (event) => {
  const input = event.target;
  const box = input.closest(".field").querySelector("[data-original]");
  const given = [...input.files];
  originals.set(input, given);
  if (box?.checked) return;
  const most = Math.max(LEAST, Math.floor(ALL / Math.max(1, given.length)));
  const work = (async () => {
    const made = [];
    for (const file of given) made.push(await shrink(file, most));
    return made;
  })();
  event.detail.files = work;
  /* The draft learns of the small ones when they stand in the field. */
  const done = work.then(() => new Promise((next) => { setTimeout(next); })).then(() => {
    busy.delete(done);
    input.dispatchEvent(new Event("input", { bubbles: true }));
  });
  busy.add(done);
});

/* Sent too early, the camera's own file would go: the form waits for the small one. */
document.addEventListener("submit", (event) => {
  if (!busy.size) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const { target, submitter } = event;
  Promise.all(busy).then(() => target.requestSubmit(submitter));
}, true);

for (const box of document.querySelectorAll("[data-original]")) {
  box.closest("[hidden]").hidden = false;
  box.addEventListener("change", () => {
    const input = box.closest(".field").querySelector("input[data-photo]");
    const given = originals.get(input);
    if (!given) return;
    const files = new DataTransfer();
    given.forEach((f) => files.items.add(f));
    input.files = files.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
}
