/* One pair of answers at a time, nameless and in an order drawn beforehand; verdicts stay in this browser until saved. */

const find = (selector) => document.querySelector(selector);
const { pairs, digest, file } = JSON.parse(find("#pairs").textContent);
const WORDS = JSON.parse(find("#words").textContent);
const KEPT = `verdicts ${digest}`;

function kept() {
  try {
    return JSON.parse(localStorage.getItem(KEPT)) ?? {};
  } catch {
    return {};
  }
}

const verdicts = kept();
let at = Math.max(0, pairs.findIndex((_, place) => !(place in verdicts)));

function show() {
  const pair = pairs[at];
  find("#asked").textContent = pair.question;
  find("#first").textContent = pair.answers[0];
  find("#second").textContent = pair.answers[1];
  const done = Object.keys(verdicts).length;
  const values = { n: at + 1, all: pairs.length, done };
  const text = done === pairs.length ? WORDS.finished : WORDS.at;
  find("#at").textContent = text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
  find("#done").value = done;
  for (const button of document.querySelectorAll("[data-verdict]")) {
    button.setAttribute("aria-pressed", String(verdicts[at] === button.dataset.verdict));
  }
}

function move(by) {
  at = Math.min(pairs.length - 1, Math.max(0, at + by));
  show();
  window.scrollTo(0, 0);
}

function choose(verdict) {
  verdicts[at] = verdict;
  try {
    localStorage.setItem(KEPT, JSON.stringify(verdicts));
  } catch {
    /* A browser that keeps nothing: the verdicts last as long as the page is open. */
  }
  move(1);
}

function save() {
  const rows = Object.entries(verdicts).map(([place, verdict]) => {
    const [question_id, sample, first, second] = JSON.parse(decodeURIComponent(atob(pairs[place].key)));
    return { question_id, sample, first, second, verdict };
  });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([JSON.stringify(rows, null, 1)], { type: "application/json" }));
  link.download = file;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

for (const button of document.querySelectorAll("[data-verdict]")) {
  button.addEventListener("click", () => choose(button.dataset.verdict));
}
find("#back").addEventListener("click", () => move(-1));
find("#skip").addEventListener("click", () => move(1));
find("#save").addEventListener("click", save);
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const verdict = { 1: "first", 2: "second", 0: "tie" }[event.key];
  if (verdict) choose(verdict);
  else if (event.key === "ArrowLeft") move(-1);
  else if (event.key === "ArrowRight") move(1);
  else if (event.key.toLowerCase() === "s") save();
});
show();
