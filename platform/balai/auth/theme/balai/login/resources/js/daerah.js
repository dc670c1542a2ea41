// Keycloak names the region only while it hasn't matched the account to it: for a citizen, who is no member, that is the
// first page. The tab remembers the look for the following pages. Without JavaScript those show Balai's own.
const key = "balai-daerah";
const root = document.documentElement;
const first = document.body.dataset.pageId === "login-login-username";
try {
  if (root.dataset.nama) {
    sessionStorage.setItem(key, JSON.stringify({ ...root.dataset }));
  } else if (first) {
    sessionStorage.removeItem(key);
  } else {
    const look = JSON.parse(sessionStorage.getItem(key) || "null");
    if (look && /^#[0-9a-f]{6}$/i.test(look.warna) && /^#[0-9a-f]{6}$/i.test(look.warnaTeks)) {
      root.style.setProperty("--warna", look.warna);
      root.style.setProperty("--warna-teks", look.warnaTeks);
      document.querySelector(".nama-daerah").textContent = look.nama;
      if (/^https?:\/\//.test(look.lambang)) document.querySelector(".lambang").src = look.lambang;
    }
  }
} catch {
  // Storage is blocked: the page works without.
}
