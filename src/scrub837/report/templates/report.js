
(() => {
  "use strict";
  const bar = document.getElementById("finder");
  if (!bar) return;
  const find = document.getElementById("find"), rule = document.getElementById("rule");
  const found = document.getElementById("found");
  const parts = [...document.querySelectorAll(".work")];
  const texts = new WeakMap();
  const textOf = (part) => {
    let text = texts.get(part);
    if (text === undefined) texts.set(part, (text = part.textContent.toLowerCase()));
    return text;
  };
  const fits = (part, code, words) => {
    if (code && !part.dataset.rules.split(" ").includes(code)) return false;
    if (!part.classList.contains("group")) return textOf(part).includes(words);
    let any = false;
    for (const row of part.querySelectorAll("tbody tr")) {
      row.hidden = !textOf(row).includes(words) || Boolean(code && row.dataset.code && row.dataset.code !== code);
      any = any || !row.hidden;
    }
    if (words && any) part.querySelector("details").open = true;
    return any;
  };
  const show = () => {
    const words = find.value.trim().toLowerCase(), code = rule.value;
    for (const part of parts) part.hidden = !fits(part, code, words);
    tell(words || code);
  };
  const tell = (asked) => {
    const chosen = document.querySelector("input[name=show]:checked").id.slice(5);
    if (!asked && chosen === "all") { found.textContent = ""; return; }
    const seen = parts.filter((part) => !part.hidden && (chosen === "all" || part.classList.contains("has-" + chosen)));
    const claims = seen.filter((part) => part.classList.contains("claim")).length;
    found.textContent = `${claims} of ${parts.filter((part) => part.classList.contains("claim")).length} claims and ${seen.length - claims} groups shown`;
  };
  let wait;
  find.addEventListener("input", () => { clearTimeout(wait); wait = setTimeout(show, 120); });
  rule.addEventListener("change", show);
  for (const one of document.querySelectorAll("input[name=show]")) one.addEventListener("change", () => tell(find.value.trim() || rule.value));
  bar.hidden = false;
})();
