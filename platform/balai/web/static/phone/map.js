/* The map: fetched with Leaflet when somebody opens it. Tap to set the pin, arrows to move it, numbers in the fields below. */
const INDONESIA = [[-11, 95], [6, 141]];

function loaded(tag, parts) {
  return new Promise((done, failed) => {
    const made = Object.assign(document.createElement(tag), parts);
    made.onload = done;
    made.onerror = failed;
    document.head.append(made);
  });
}

export async function openMap(box, latitude, longitude, pin) {
  const words = box.dataset;
  await Promise.all([loaded("link", { rel: "stylesheet", href: words.sheet }), self.L ? null : loaded("script", { src: words.leaflet })]);
  const { L } = self;
  const map = L.map(box.querySelector("[data-map]"), { attributionControl: Boolean(words.tiles), zoomControl: true });
  if (words.tiles) L.tileLayer(words.tiles, { attribution: words.credit.replace(/[<>&"]/g, ""), maxZoom: 19 }).addTo(map);
  const rings = await fetch("/tempat/batas").then((r) => (r.ok ? r.json() : [])).catch(() => []);
  const outline = rings.map((ring) => ring.map(([x, y]) => [y, x]));
  if (outline.length) L.polygon(outline, { interactive: false, weight: 2, fillOpacity: 0.06 }).addTo(map);
  map.fitBounds(outline.length ? L.latLngBounds(outline.flat()) : INDONESIA);

  const picture = document.querySelector("[data-position] [data-here] svg, [data-open-map] svg")?.outerHTML || "";
  const marker = L.marker([0, 0], { keyboard: false, interactive: false, icon: L.divIcon({ className: "map-pin", html: picture, iconSize: [40, 40], iconAnchor: [20, 20] }) });
  const here = () => {
    const [lat, lon] = [latitude, longitude].map((f) => Number.parseFloat(f.value.replace(",", ".")));
    return Number.isFinite(lat) && Number.isFinite(lon) ? L.latLng(lat, lon) : null;
  };
  function show() {
    const at = here();
    if (!at) { marker.remove(); return; }
    marker.setLatLng(at).addTo(map);
    if (!map.getBounds().contains(at) || map.getZoom() < 13) map.setView(at, Math.max(map.getZoom(), 15));
  }
  function set(at) {
    pin(at.lat, at.lng, true);
    marker.setLatLng(at).addTo(map);
    map.panInside(at, { padding: [40, 40] });
  }
  map.on("click", (e) => set(e.latlng));
  for (const button of box.querySelectorAll("[data-move]")) {
    button.addEventListener("click", () => {
      const [up, right] = button.dataset.move.split(",").map(Number);
      const point = map.project(here() || map.getCenter()).add([right * 20, -up * 20]);
      set(map.unproject(point));
    });
  }
  box.querySelector("[data-unpin]").addEventListener("click", () => { marker.remove(); pin(null, null, true); });
  show();
  return { show };
}
