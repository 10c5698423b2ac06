"use strict";
// Locks the page when nobody touched it for as long as the server would wait: no claim stays on a screen alone.
(() => {
  const minutes = Number(document.body.dataset.lockAfter);
  if (!minutes) return;
  let touched = Date.now();
  for (const kind of ["pointerdown", "keydown", "scroll", "pointermove"]) {
    addEventListener(kind, () => { touched = Date.now(); }, { passive: true });
  }
  setInterval(() => {
    if (Date.now() - touched > minutes * 60000) document.getElementById("lock").click();
  }, 5000);
})();
// Says before it is sent that a file is too large: the server would only cut it off.
for (const input of document.querySelectorAll("input[type=file][data-most]")) {
  input.addEventListener("change", () => {
    const most = Number(input.dataset.most), file = input.files[0];
    const large = file && file.size > most * 1048576;
    input.setCustomValidity(large ? `The file is larger than ${most} MB.` : "");
    if (large) input.reportValidity();
  });
}
// What was typed into a search does not come back with the page.
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
