/* Balai's worker: pages come from the network and are only kept for when there is none, so an old worker can show nobody an old
   page. It takes over at once, drops what older versions kept, and goes for good when the server says so (BALAI.off). */
const KEPT = `balai-${BALAI.version}`;
const MOST_PAGES = 24;
const FILES = /^\/(static\/|gaya\.css$|lambang\/|tempat\/desa\/|manifest\.webmanifest$)/;

addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const kept = await caches.open(KEPT);
    /* Without cookies: what is kept is about nobody. */
    await Promise.all(BALAI.shell.map(async (path) => {
      const answer = await fetch(path, { credentials: "omit" });
      if (!answer.ok) throw new Error(path);
      await kept.put(path, answer);
    }));
    await skipWaiting();
  })());
});

addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) if (BALAI.off || name !== KEPT) await caches.delete(name);
    if (BALAI.off) await registration.unregister();
    else await clients.claim();
  })());
});

const mayKeep = (url, answer) => answer.ok && !answer.redirected && answer.type === "basic" && !url.search
  && BALAI.pages.some((page) => url.pathname === page) && !(answer.headers.get("Cache-Control") || "no-store").includes("no-store");

async function keep(path, answer) {
  const kept = await caches.open(KEPT);
  await kept.put(path, answer);
  const pages = (await kept.keys()).filter((r) => !FILES.test(new URL(r.url).pathname) && !BALAI.shell.includes(new URL(r.url).pathname));
  for (const old of pages.slice(0, Math.max(0, pages.length - MOST_PAGES))) await kept.delete(old);
}

async function page(event, url) {
  try {
    const answer = await fetch(event.request);
    if (mayKeep(url, answer)) event.waitUntil(keep(url.pathname, answer.clone()));
    return answer;
  } catch {
    const kept = await caches.open(KEPT);
    return (await kept.match(url.pathname)) || (await kept.match(`${url.pathname}?luring=ya`)) || (await kept.match("/luring"));
  }
}

async function file(request, url) {
  const kept = await caches.open(KEPT);
  const path = url.pathname + url.search;
  const there = await kept.match(path);
  if (there) return there;
  const answer = await fetch(request);
  if (answer.ok && answer.type === "basic") await kept.put(path, answer.clone());
  return answer;
}

/* A form on its way: when the line breaks, the report waits in the outbox, where the page has put it. */
async function form(request) {
  try {
    return await fetch(request);
  } catch {
    for (const item of await self.balaiOutbox.all()) {
      if (item.state === "waiting") await self.balaiOutbox.alter(item.id, () => ({ hold: 0 }));
    }
    await registration.sync?.register("balai-kirim").catch(() => {});
    return Response.redirect("/menunggu", 303);
  }
}

addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  const { method, mode } = event.request;
  if (BALAI.off || url.origin !== location.origin) return;
  if (mode === "navigate" && method === "GET") event.respondWith(page(event, url));
  else if (mode === "navigate" && method === "POST" && url.pathname.startsWith("/layanan/")) event.respondWith(form(event.request));
  else if (method === "GET" && FILES.test(url.pathname)) event.respondWith(file(event.request, url));
});

addEventListener("sync", (event) => {
  if (event.tag !== "balai-kirim") return;
  event.waitUntil(self.balaiOutbox.flush().then((done) => { if (done.offline || done.later || done.busy) throw new Error("later"); }));
});

addEventListener("message", (event) => {
  const path = event.data?.keep;
  if (BALAI.off || typeof path !== "string" || !/^\/layanan\/[\w-]+\/(h\/)?[\w-]+$/.test(path)) return;
  event.waitUntil((async () => {
    const copy = `${path}?luring=ya`;
    if (await (await caches.open(KEPT)).match(copy)) return;
    const answer = await fetch(copy, { credentials: "omit" });
    if (answer.ok && !(answer.headers.get("Cache-Control") || "").includes("no-store")) await keep(copy, answer);
  })().catch(() => {}));
});
