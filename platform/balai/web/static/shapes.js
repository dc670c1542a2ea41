/* Areas on a map, fetched with Leaflet when somebody opens it. With a field to draw into: tap or press for a corner, and the
   corners stand in that field as lines of latitude and longitude, where they can also be typed. */
const INDONESIA = [[-11, 95], [6, 141]];
const PAIR = /^\s*(-?\d{1,3}(?:\.\d+)?)\s*[,;\s]\s*(-?\d{1,3}(?:\.\d+)?)\s*$/;

function loaded(tag, parts) {
  return new Promise((done, failed) => {
    const made = Object.assign(document.createElement(tag), parts);
    made.onload = done;
    made.onerror = failed;
    document.head.append(made);
  });
}

/* Names are texts: Leaflet would read a string as HTML. */
const asText = (text) => Object.assign(document.createElement("span"), { textContent: text });

function begin(box) {
  const words = box.dataset;
  const says = box.querySelector("[data-says]");
  const opener = box.querySelector("[data-open]");
  box.hidden = false;
  opener.addEventListener("click", async () => {
    opener.disabled = true;
    try {
      await Promise.all([loaded("link", { rel: "stylesheet", href: words.sheet }), self.L ? null : loaded("script", { src: words.leaflet })]);
      box.querySelector("[data-box]").hidden = false;
      await open(box, says);
      opener.closest("p").hidden = true;
    } catch {
      says.textContent = words.noMap;
      opener.disabled = false;
    }
  });
}

async function open(box, says) {
  const words = box.dataset;
  const { L } = self;
  const map = L.map(box.querySelector("[data-map]"), { attributionControl: Boolean(words.tiles) });
  if (words.tiles) L.tileLayer(words.tiles, { attribution: words.credit.replace(/[<>&"]/g, ""), maxZoom: 19 }).addTo(map);
  else says.textContent = words.blank;
  const rings = await fetch("/tempat/batas").then((r) => (r.ok ? r.json() : [])).catch(() => []);
  const outline = rings.map((ring) => ring.map(([x, y]) => [y, x]));
  if (outline.length) L.polygon(outline, { interactive: false, weight: 2, fillOpacity: 0.03 }).addTo(map);
  const shown = L.featureGroup();
  for (const one of JSON.parse(words.areas)) {
    const style = { className: one.now ? "shape shape-now" : "shape", weight: 2 };
    for (const rings_ of one.rings || []) L.polygon(rings_.map((ring) => ring.map(([x, y]) => [y, x])), style).bindTooltip(asText(one.label)).addTo(shown);
    if (one.middle) L.circleMarker(one.middle, { ...style, radius: 12 }).bindTooltip(asText(one.label)).addTo(shown);
  }
  shown.addTo(map);
  const draw = words.field ? drawing(L, map, box, document.getElementById(words.field)) : null;
  const all = [...shown.getLayers(), ...(draw && draw.getLatLngs()[0].length ? [draw] : [])];
  const bounds = all.length ? L.featureGroup(all).getBounds() : outline.length ? L.latLngBounds(outline.flat()) : L.latLngBounds(INDONESIA);
  map.fitBounds(bounds, { maxZoom: 15, padding: [20, 20] });
}

function drawing(L, map, box, field) {
  const corners = L.layerGroup().addTo(map);
  const area = L.polygon([], { className: "shape shape-now", weight: 2 }).addTo(map);
  const count = box.querySelector("[data-count]");
  const read = () => field.value.split("\n").map((line) => PAIR.exec(line)).filter(Boolean).map((m) => L.latLng(Number(m[1]), Number(m[2])));
  function show() {
    const points = read();
    area.setLatLngs(points);
    corners.clearLayers();
    for (const point of points) L.circleMarker(point, { radius: 5, className: "shape shape-now", interactive: false }).addTo(corners);
    count.textContent = box.dataset.corners.replace("0", points.length);
  }
  function write(points) {
    field.value = points.map((p) => `${p.lat.toFixed(6)}, ${p.lng.toFixed(6)}`).join("\n");
    show();
  }
  const add = (point) => write([...read(), point]);
  map.on("click", (e) => add(e.latlng));
  box.querySelector("[data-add]").addEventListener("click", () => add(map.getCenter()));
  box.querySelector("[data-back]").addEventListener("click", () => write(read().slice(0, -1)));
  box.querySelector("[data-clear]").addEventListener("click", () => write([]));
  field.addEventListener("input", show);
  show();
  return area;
}

document.querySelectorAll("[data-areas]").forEach(begin);
