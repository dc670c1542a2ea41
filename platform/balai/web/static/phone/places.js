/* District, then village: the villages come at once instead of by sending the form. The position and the map come when asked. */
function twoSteps(box) {
  const name = box.dataset.twoSteps;
  const form = box.closest("form");
  const first = box.querySelector(`[name=${name}_kecamatan]`);
  const second = box.querySelector(`[name=${name}]`);
  const option = (value, text) => Object.assign(document.createElement("option"), { value, textContent: text });
  box.querySelector(".two-steps-go").remove();

  async function fetchVillages(chosen) {
    const district = first.value;
    let villages = [];
    if (district) {
      second.replaceChildren(option("", "…"));
      const answer = await fetch(`/tempat/desa/${district}`).catch(() => null);
      villages = answer?.ok ? await answer.json() : [];
      if (first.value !== district) return;
    }
    second.replaceChildren(option("", second.dataset.first), ...villages.map(([code, text]) => option(code, text)));
    if (district) second.append(option(district, second.dataset.none));
    if (chosen) second.value = chosen;
    second.dispatchEvent(new Event("change", { bubbles: true }));
  }

  first.addEventListener("change", () => fetchVillages());
  /* A place that came otherwise: from a draft, or suggested by the position. */
  form.addEventListener("balai:area", (e) => {
    const code = e.detail[name] || "";
    const district = e.detail[`${name}_kecamatan`] || code.slice(0, 8);
    if (!district) return;
    first.value = district;
    fetchVillages(code);
  });
  if (first.value && second.options.length < 2) fetchVillages();
}
document.querySelectorAll("[data-two-steps]").forEach(twoSteps);

/* The phone's position, and a pin on a map: both only suggest, the filer decides. */
function position(box) {
  const form = box.closest("form");
  const words = box.dataset;
  const says = box.querySelector("[data-says]");
  const [latitude, longitude] = ["latitude", "longitude"].map((name) => form.querySelector(`[name=${name}]`));
  let map = null;
  box.hidden = false;

  const button = (text, act) => Object.assign(document.createElement("button"), { className: "btn btn-s", type: "button", textContent: text, onclick: act });

  async function key() {
    const typed = form.querySelector("[name=_kunci]")?.value;
    if (typed && form.querySelector("[name=client_id]").value) return typed;
    return (await (await fetch("/token-formulir", { cache: "no-store" })).json()).token;
  }

  async function ask() {
    const body = new URLSearchParams({ latitude: latitude.value, longitude: longitude.value, path: form.getAttribute("action") });
    const answer = await fetch("/tempat/dekat", { method: "POST", body, headers: { "X-Balai-Kunci": await key() } });
    if (!answer.ok) return;
    const { village, elsewhere } = await answer.json();
    if (elsewhere) {
      const stay = button(words.stay, () => { keepHere(); says.textContent = words.found; });
      const go = Object.assign(document.createElement("a"), { className: "btn btn-s", href: elsewhere.url, textContent: words.there });
      says.replaceChildren(`${words.elsewhere} ${elsewhere.name}. `, ...(elsewhere.url ? [go, " "] : []), stay);
    } else if (village) {
      const use = button(words.use, () => { choose(village[0]); says.textContent = words.found; });
      says.replaceChildren(`${words.guess} ${village[1]}. `, use);
    }
  }

  function keepHere() {
    if (!form.querySelector("[name=tetap_di_sini]")) {
      form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "tetap_di_sini", value: "ya" }));
    }
  }

  function choose(code) {
    const single = form.querySelector("select[name=region]");
    form.dispatchEvent(new CustomEvent("balai:area", { detail: { region: code } }));
    single.value = code;
    single.dispatchEvent(new Event("change", { bubbles: true }));
  }

  /* from: whether the map itself moved the pin. */
  function pin(lat, lon, from) {
    latitude.value = lat === null ? "" : lat.toFixed(5);
    longitude.value = lon === null ? "" : lon.toFixed(5);
    latitude.dispatchEvent(new Event("input", { bubbles: true }));
    says.textContent = lat === null ? "" : words.found;
    if (!from) map?.show();
    if (lat !== null) ask().catch(() => {});
  }

  box.querySelector("[data-here]").addEventListener("click", () => {
    says.textContent = words.looking;
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => pin(coords.latitude, coords.longitude),
      () => { says.textContent = words.refused; },
      { timeout: 20_000, maximumAge: 60_000 },
    );
  });
  if (!navigator.geolocation) box.querySelector("[data-here]").remove();

  const open = box.querySelector("[data-open-map]");
  open.addEventListener("click", async () => {
    open.disabled = true;
    try {
      const { openMap } = await import(words.mapScript);
      box.querySelector("[data-map-box]").hidden = false;
      map = await openMap(box, latitude, longitude, pin);
      open.remove();
      if (!words.tiles) says.textContent = words.blank;
    } catch {
      box.querySelector("[data-map-box]").hidden = true;
      says.textContent = words.noMap;
      open.disabled = false;
    }
  });
  for (const field of [latitude, longitude]) field.addEventListener("change", () => map?.show());
}
document.querySelectorAll("[data-position]").forEach(position);
