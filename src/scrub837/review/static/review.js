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
