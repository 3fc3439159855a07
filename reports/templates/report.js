/* What a report can do beside being read: find and compare answers, read charts. The page holds everything already;
   this file only hides, orders and marks it, and everything works on without it. */

const find = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const WORDS = JSON.parse(find("#words").textContent);
const LANG = document.documentElement.lang;

function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

function say(key, values = {}) {
  return fill(WORDS[key], values);
}

function later(work, delay) {
  let timer;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(work, delay, ...values);
  };
}

/* ---- The view, and how the page's address holds it ---- */

const START = { hidden: [], only: [], kind: "", q: "", order: "", diff: "", at: "", theme: "", smooth: "" };
const LOOKS = ["theme", "smooth"];
let view = { ...START };

function readAddress() {
  const query = location.hash.split("?").slice(1).join("?");
  const given = new URLSearchParams(query);
  const read = Object.keys(START).map((key) => [key, Array.isArray(START[key]) ? given.getAll(key) : (given.get(key) ?? "")]);
  return Object.fromEntries(read);
}

const writeAddress = later(() => {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(view)) for (const one of [value].flat()) if (one !== "") query.append(key, one);
  const anchor = [...query.keys()].every((key) => LOOKS.includes(key)) ? "" : "answers";
  const shown = String(query) ? `#${anchor}?${query}` : location.hash.split("?")[0] || location.pathname;
  try {
    history.replaceState(null, "", shown);
  } catch {
    /* Too many changes at once, or a place where addresses are fixed: the view is as good without. */
  }
}, 150);

/* ---- Links within the page ---- */

/* Answers get their height when they come near the window: a target moves on while it is gone to. */
function settle(target, still = 0, frames = 60) {
  const before = target.getBoundingClientRect().top;
  target.scrollIntoView({ behavior: "instant" });
  const moved = Math.abs(target.getBoundingClientRect().top - before) > 1;
  if (frames && still < 5) requestAnimationFrame(() => settle(target, moved ? 0 : still + 1, frames - 1));
}

function settleAddress() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1).split("?")[0]));
  if (target) settle(target);
}

/* ---- Theme ---- */

const DARK_RULES = all("style").flatMap((style) =>
  [...style.sheet.cssRules].filter((rule) => rule.media?.mediaText.includes("prefers-color-scheme")));
const SYSTEM = matchMedia("(prefers-color-scheme: dark)");
const DARK_MEDIA = DARK_RULES.map((rule) => rule.media.mediaText);

function showTheme() {
  const forced = { dark: "screen", light: "not all" }[view.theme];
  DARK_RULES.forEach((rule, place) => (rule.media.mediaText = forced ?? DARK_MEDIA[place]));
  document.documentElement.style.colorScheme = view.theme || "light dark";
  const button = find("#theme");
  if (button) button.textContent = say(isDark() ? "light" : "dark");
}

function isDark() {
  return view.theme ? view.theme === "dark" : SYSTEM.matches;
}

function startTheme() {
  const button = find("#theme");
  if (!button) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    const wanted = isDark() ? "light" : "dark";
    view.theme = wanted === (SYSTEM.matches ? "dark" : "light") ? "" : wanted;
    showTheme();
    writeAddress();
  });
  SYSTEM.addEventListener("change", showTheme);
}

/* ---- Start ---- */

function showView() {
  view = readAddress();
  showTheme();
  showSmoothing();
  if (!find("#browser")) return;
  showControls();
  showAnswers();
  const at = exchanges.find((exchange) => exchange.id === view.at && exchange.passes);
  if (at) goTo(at);
  else if (location.hash.startsWith("#answers?")) settle(find("#answers"));
}

startTheme();
startCharts();
if (find("#exchanges")) startMatrix();
if (find("#browser")) startBrowser();
showView();
addEventListener("hashchange", () => (location.hash.includes("?") ? showView() : settleAddress()));
if (!location.hash.includes("?")) settleAddress();
