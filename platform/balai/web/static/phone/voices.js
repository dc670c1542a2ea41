/* A voice note: at most a minute, recorded small (16 kbit/s Opus, 130 KB a minute), heard again before it is sent. */
const KINDS = ["audio/webm;codecs=opus", "audio/ogg;codecs=opus", "audio/mp4"];
const ENDINGS = { "audio/webm": "webm", "audio/ogg": "ogg", "audio/mp4": "m4a" };

function recorder(box) {
  const field = box.closest(".field");
  const input = field.querySelector("input[type=file]");
  const [record, stop, discard] = ["record", "stop", "discard"].map((name) => box.querySelector(`[data-${name}]`));
  const says = box.querySelector("[data-says]");
  const player = box.querySelector("audio");
  const kind = KINDS.find((k) => MediaRecorder.isTypeSupported(k));
  const longest = Number(box.dataset.longest);
  let running = null;
  if (!kind) return;
  box.hidden = false;
  input.hidden = true;

  function show() {
    const file = input.files[0];
    record.hidden = Boolean(running || file);
    stop.hidden = !running;
    discard.hidden = Boolean(running || !file);
    player.hidden = Boolean(running || !file);
    if (player.src) URL.revokeObjectURL(player.src);
    if (file && !running) player.src = URL.createObjectURL(file);
    else player.removeAttribute("src");
  }

  function keep(parts) {
    const plain = kind.split(";")[0];
    const files = new DataTransfer();
    files.items.add(new File(parts, `suara.${ENDINGS[plain]}`, { type: plain }));
    input.files = files.files;
    running = null;
    input.dispatchEvent(new Event("change", { bubbles: true }));
    discard.focus();
  }

  record.addEventListener("click", async () => {
    const sound = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1 } }).catch(() => null);
    if (!sound) { says.textContent = box.dataset.noMicrophone; input.hidden = false; return; }
    const parts = [];
    running = new MediaRecorder(sound, { mimeType: kind, audioBitsPerSecond: 16_000 });
    running.addEventListener("dataavailable", (e) => { if (e.data.size) parts.push(e.data); });
    let left = longest;
    const tick = setInterval(() => {
      left -= 1;
      if (left % 10 === 0) says.textContent = left ? `${left} ${box.dataset.left}` : box.dataset.full;
      if (left <= 0) running?.stop();
    }, 1000);
    running.addEventListener("stop", () => {
      clearInterval(tick);
      sound.getTracks().forEach((t) => t.stop());
      keep(parts);
    });
    running.start();
    says.textContent = `${left} ${box.dataset.left}`;
    show();
    stop.focus();
  });
  stop.addEventListener("click", () => { says.textContent = ""; running?.stop(); });
  discard.addEventListener("click", () => {
    input.value = "";
    says.textContent = "";
    input.dispatchEvent(new Event("change", { bubbles: true }));
    record.focus();
  });
  input.addEventListener("change", show);
  show();
}
if (self.MediaRecorder && navigator.mediaDevices) document.querySelectorAll("[data-recorder]").forEach(recorder);
