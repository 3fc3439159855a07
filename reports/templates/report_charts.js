/* Charts: read out, zoomed and smoothed, their series hidden. report.js starts it. */

/* ---- Charts: numbers and pictures ---- */

const SVG = "http://www.w3.org/2000/svg";

/* Three significant figures, as the labels that came with the page: 0.019, 4.02, 1,250, 5 × 10⁻⁶. */
function number(value) {
  const size = Math.abs(value);
  if (size && (Math.abs(rounded(value, 3)) < 1e-3 || size >= 1e6)) {
    const [digits, power] = rounded(value, 3).toExponential().split("e");
    const raised = [...String(Number(power))].map((sign) => (sign === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[sign])).join("");
    return `${digits.replace("-", "−")}\u00a0×\u00a010${raised}`;
  }
  const shown = size >= 100 ? rounded(value, Math.max(1, Math.ceil(Math.log10(size + 0.5)))).toLocaleString("en") : String(rounded(value, 3));
  return shown.replaceAll("-", "−");
}

/* So many significant figures, ties to the even digit as in the page's own text: 0.3125 is 0.312. */
function rounded(value, figures) {
  const [digits, power] = Math.abs(value).toExponential(60).split("e");
  const every = digits.replace(".", "");
  const isTie = /^50*$/.test(every.slice(figures)) && every[figures - 1] % 2 === 0;
  return isTie ? Math.sign(value) * Number(`${every.slice(0, figures)}e${Number(power) - figures + 1}`) : Number(value.toPrecision(figures));
}

/* A share as the page's own text has it: 95 %, 99.5 %, and 0 or 100 % only where it is. */
function percentage(value) {
  const of100 = 100 * value;
  if (Math.abs(of100 - Math.round(of100)) < 1e-9) return say("share", { share: String(Math.round(of100)).replace("-", "−") });
  const isTie = Number.isInteger(4 * of100) && (4 * of100) % 2 !== 0;
  const shown = (isTie ? (2 * Math.round(5 * of100)) / 10 : of100).toFixed(1);
  const edge = value > 0 && value < 1 ? { "0.0": "<0.1", "100.0": ">99.9" }[shown] : undefined;
  return say("share", { share: (edge ?? shown).replace("-", "−") });
}

function written(data, value) {
  return data.share ? percentage(value) : number(value);
}

function draw(parent, name, attributes, text) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  parent.append(element);
  return element;
}

/* Round numbers inside [low, high], about so many. */
function ticks(low, high, many) {
  const rough = (high - low) / many;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((by) => by * power >= 0.7 * rough);
  const first = Math.ceil(low / step - 1e-9);
  return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, n) => Number(((first + n) * step).toPrecision(12)));
}

/* How many values the strong line is the mean of: an odd number. */
function windowOf(many, percent) {
  return many < 20 || !percent ? 1 : Math.floor(Math.max(5, Math.floor((many * percent) / 100)) / 2) * 2 + 1;
}

/* The same average as in the picture that came with the page: centred, a fitted line at both ends. */
function smoothed(values, percent) {
  const many = windowOf(values.length, percent);
  const reach = (many - 1) / 2;
  if (many === 1 || many > values.length) return values;
  const squares = (reach * (reach + 1) * (2 * reach + 1)) / 3;
  return values.map((_, place) => {
    const middle = Math.min(Math.max(place, reach), values.length - 1 - reach);
    const around = values.slice(middle - reach, middle + reach + 1);
    const mean = around.reduce((sum, value) => sum + value, 0) / many;
    if (place === middle) return mean;
    const slope = around.reduce((sum, value, n) => sum + (n - reach) * value, 0) / squares;
    return Math.min(Math.max(mean + slope * (place - middle), Math.min(...around)), Math.max(...around));
  });
}

function scale([low, high], [from, to]) {
  return (value) => from + ((value - low) / (high - low)) * (to - from);
}

/* ---- Charts: what all of them do ---- */

const KINDS = { curve: { start: startCurve, show: showCurve, nearest: nearestCurve, step: stepCurve },
  strips: { start: startStrips, show: showStrips, nearest: nearestStrips, step: stepStrips } };
let charts = [];

function startCharts() {
  const tip = document.createElement("div");
  Object.assign(tip, { className: "readout", hidden: true, role: "status" });
  document.body.append(tip);
  charts = all("svg[data-chart]").map((svg) => startChart(svg, tip));
  all(".forest td.plot svg").forEach((svg) => startForest(svg, tip));
  startSmoothing();
}

function startChart(svg, tip) {
  const data = JSON.parse(svg.dataset.chart);
  const [left, top, width, height] = data.plot;
  const box = { left, top, width, height };
  const chart = { svg, data, box, tip, kind: KINDS[data.kind], drawn: find("g", svg), off: new Set(), window: null, came: width };
  chart.around = Number(svg.getAttribute("width")) - width;
  find("title", svg)?.remove(); // a script says more
  chart.whole = chart.kind.start(chart);
  chart.cursor = draw(svg, "g", { transform: `translate(${left},${top})`, "pointer-events": "none" });
  svg.tabIndex = 0;
  svg.setAttribute("role", "group");
  listen(chart);
  return chart;
}

function listen(chart) {
  const { svg } = chart;
  let from = null;
  svg.addEventListener("pointerdown", (event) => {
    if (event.button || event.target.closest("[role=button]")) return;
    const at = pointer(chart, event);
    // A finger scrolls the page: it reads out where it was put down.
    if (event.pointerType === "touch") return read(chart, chart.kind.nearest(chart, at));
    from = { x: at.x, at: chart.at };
    svg.setPointerCapture(event.pointerId);
  });
  svg.addEventListener("pointermove", (event) => {
    const at = pointer(chart, event);
    if (from === null) read(chart, chart.kind.nearest(chart, at));
    else brush(chart, from.x, at.x);
  });
  svg.addEventListener("pointerup", (event) => {
    if (from !== null) endBrush(chart, from, pointer(chart, event));
    from = null;
  });
  svg.addEventListener("pointerleave", () => from === null && read(chart, null));
  svg.addEventListener("blur", () => read(chart, null));
  svg.addEventListener("dblclick", () => zoom(chart, null));
  svg.addEventListener("keydown", (event) => chartKey(chart, event));
}

function chartKey(chart, event) {
  const [low, high] = chart.window ?? chart.whole;
  const around = chart.at?.value ?? (low + high) / 2;
  const steps = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
  if (chart.data.kind === "curve") Object.assign(steps, { PageDown: [10, 0], PageUp: [-10, 0], End: [Infinity, 0], Home: [-Infinity, 0] });
  const work = { "+": () => zoom(chart, [around - (high - low) / 4, around + (high - low) / 4]), 0: () => zoom(chart, null),
    "-": () => zoom(chart, [around - (high - low), around + (high - low)]), Escape: () => read(chart, null) };
  if (event.key in steps) read(chart, chart.kind.step(chart, ...steps[event.key]));
  else if (event.key in work) work[event.key]();
  else return;
  event.preventDefault();
}

function pointer({ svg, box }, event) {
  const place = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
  return { x: place.x - box.left, y: place.y - box.top };
}

/* The point with a ring around it, and its values in words beside it. */
function read(chart, at) {
  chart.at = at;
  chart.cursor.replaceChildren();
  for (const other of columnOf(chart)) if (other !== chart) other.cursor.replaceChildren();
  if (!at) return void (chart.tip.hidden = true);
  if (at.line) {
    // The other quantities of the same training show where they stand at that step.
    for (const other of columnOf(chart)) if (other !== chart) ring(other, pointOf(other, at.value));
  }
  ring(chart, at);
  const corner = new DOMPoint(at.x + chart.box.left, at.rings[0] + chart.box.top).matrixTransform(chart.svg.getScreenCTM());
  place(chart.tip, at.text, corner.x, corner.y);
}

function ring(chart, at) {
  const { width, height } = chart.box;
  if (at.x < 0 || at.x > width) return;
  if (at.line) draw(chart.cursor, "line", { x1: at.x, x2: at.x, y1: 0, y2: height, stroke: "var(--muted)", "stroke-width": 0.5 });
  for (const y of at.rings) draw(chart.cursor, "circle", { cx: at.x, cy: y, r: 3.5, fill: "none", stroke: "var(--ink)" });
}

/* The pictures of the same training, this one among them. */
function columnOf(chart) {
  const column = chart.svg.closest("[data-column]")?.dataset.column;
  return column === undefined ? [chart] : charts.filter((other) => other.svg.closest("[data-column]")?.dataset.column === column);
}

function place(tip, text, x, y) {
  tip.textContent = text;
  tip.hidden = false;
  const room = document.documentElement.clientWidth - tip.offsetWidth - 8;
  tip.style.left = `${scrollX + Math.max(8, Math.min(x + 12, room))}px`;
  tip.style.top = `${scrollY + y - tip.offsetHeight - 10}px`;
}

function brush(chart, from, to) {
  read(chart, null);
  const [one, two] = [from, to].sort((a, b) => a - b).map((x) => Math.max(0, Math.min(chart.box.width, x)));
  draw(chart.cursor, "rect", { x: one, y: 0, width: two - one, height: chart.box.height, fill: "var(--ink)", opacity: 0.12 });
}

function endBrush(chart, from, at) {
  chart.cursor.replaceChildren();
  const [low, high] = chart.window ?? chart.whole;
  const value = scale([0, chart.box.width], [low, high]);
  const ends = [from.x, at.x].sort((a, b) => a - b).map(value);
  if (Math.abs(at.x - from.x) > 5) zoom(chart, ends);
  else from.at?.open?.();
}

/* Trainings of one column are read together: they share the window. */
function zoom(chart, window) {
  for (const other of columnOf(chart)) {
    const [low, high] = window ? [Math.max(window[0], other.whole[0]), Math.min(window[1], other.whole[1])] : other.whole;
    other.window = low < high && (low > other.whole[0] || high < other.whole[1]) ? [low, high] : null;
    read(other, null);
    other.kind.show(other);
    showReset(other);
  }
}

/* Where nothing else stands: below the labels at the right. */
function showReset(chart) {
  const focused = chart.reset && chart.reset === document.activeElement;
  chart.reset?.remove();
  chart.reset = null;
  if (!chart.window) return void (focused && chart.svg.focus());
  const { left, top, width, height } = chart.box;
  const place = { x: left + width + 42, y: top + height + 15.5, class: "reset", "font-size": 10, fill: "var(--accent)" };
  chart.reset = draw(chart.svg, "text", place, say("reset"));
  press(chart.reset, () => zoom(chart, null));
}

/* A label that hides and shows its series: a button for mouse, key and screen reader. */
function button(element, name, isOn, work) {
  const show = () => element.setAttribute("aria-pressed", String(isOn()));
  element.setAttribute("aria-label", say("hide", { name }));
  press(element, () => {
    work();
    show();
  });
  show();
}

function press(element, work) {
  element.setAttribute("role", "button");
  element.setAttribute("tabindex", "0");
  element.addEventListener("click", work);
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    work();
  });
}

function switchSeries(chart, series) {
  if (!chart.off.delete(series)) chart.off.add(series);
  chart.kind.show(chart);
}

/* ---- Charts: the curves of a training ---- */

function startCurve(chart) {
  new ResizeObserver(() => fit(chart)).observe(chart.svg);
  if (chart.data.axes) return chart.data.axes[0];
  const steps = chart.data.lines.flatMap((line) => [...(line.points[0] ?? []), ...(line.evaluations[0] ?? [])]);
  return [steps.reduce((least, step) => Math.min(least, step), 0), steps.reduce((most, step) => Math.max(most, step), 1)];
}

/* Drawn anew where the page gives it another width: letters keep their size, and lines have all the room. */
function fit(chart) {
  const { svg, box, around } = chart;
  const room = Math.round(svg.getBoundingClientRect().width);
  const width = Math.abs(room - around - chart.came) < 3 ? chart.came : room - around;
  if (room < 120 || width === box.width) return;
  box.width = width;
  svg.setAttribute("width", width + around);
  svg.setAttribute("viewBox", `0 0 ${width + around} ${svg.getAttribute("height")}`);
  read(chart, null);
  showCurve(chart);
  if (chart.window) showReset(chart);
}

function smoothing() {
  return view.smooth === "" ? 5 : Number(view.smooth);
}

/* The picture that came with the page, unless something about it was changed. */
function showCurve(chart) {
  const asCame = !chart.window && !chart.off.size && smoothing() === 5 && chart.box.width === chart.came;
  chart.own?.remove();
  chart.own = asCame ? null : drawCurve(chart);
  if (asCame) chart.drawn.removeAttribute("display");
  else chart.drawn.setAttribute("display", "none");
  labelCurve(chart);
}

function loggedOf(line) {
  return line.points.length ? line.points : line.evaluations;
}

/* Kept until the smoothing is another: a pointer that moves asks for it each time. */
function strongOf(line) {
  if (line.kept?.percent !== smoothing()) {
    const [steps, values] = loggedOf(line);
    line.kept = { percent: smoothing(), strong: [steps, line.exact ? values : smoothed(values, smoothing())] };
  }
  return line.kept.strong;
}

function linesOf(chart) {
  return chart.data.lines.map((line, place) => ({ ...line, place, strong: strongOf(line) })).filter((line) => !chart.off.has(line.place));
}

function inside([steps, values] = [[], []], [low, high]) {
  return steps.flatMap((step, n) => (step >= low && step <= high && values[n] !== null ? [[step, values[n]]] : []));
}

function scalesOf(chart, lines) {
  const window = chart.window ?? chart.whole;
  const values = lines.flatMap((line) => [line.points, line.evaluations].flatMap((points) => inside(points[0] && points, window))).map((point) => point[1]);
  const [low, high] = values.length ? values.reduce(([a, b], value) => [Math.min(a, value), Math.max(b, value)], [Infinity, -Infinity]) : [0, 1];
  const room = 0.05 * (high - low) || Math.abs(high) * 0.1 || 1;
  // Pictures that share their axes do so until one is zoomed.
  const y = (!chart.window && chart.data.axes?.[1]) || [low - room, high + room];
  return { window, low: y[0], high: y[1], x: scale(window, [0, chart.box.width]), y: scale(y, [chart.box.height, 0]) };
}

function drawCurve(chart) {
  const { svg, box, data } = chart;
  const lines = linesOf(chart);
  const to = scalesOf(chart, lines);
  const own = draw(svg, "g", { transform: `translate(${box.left},${box.top})`, fill: "none" });
  svg.insertBefore(own, chart.cursor);
  drawAxes(own, chart, to);
  const path = (points) => points.map(([step, value], n) => `${n ? "L" : "M"}${to.x(step).toFixed(1)},${to.y(value).toFixed(1)}`).join("");
  for (const line of lines) {
    const strong = inside(line.strong, to.window);
    const isSmooth = line.points[0] && line.strong[1] !== line.points[1];
    if (isSmooth) draw(own, "path", { d: path(inside(line.points, to.window)), stroke: data.colour, "stroke-width": 0.8, opacity: 0.35 });
    if (line.points[0] && strong.length === 1) draw(own, "circle", { cx: to.x(strong[0][0]), cy: to.y(strong[0][1]), r: 3, fill: data.colour });
    else if (line.points[0]) draw(own, "path", { d: path(strong), stroke: data.colour, "stroke-width": 1.8, "stroke-dasharray": line.dash });
    for (const [step, value] of inside(line.evaluations[0] && line.evaluations, to.window)) draw(own, "circle", { cx: to.x(step), cy: to.y(value), r: 3.1, fill: "var(--ink)" });
  }
  return own;
}

/* Three round values or a few more. */
function valueTicks(low, high) {
  return [3, 4, 5].map((many) => ticks(low, high, many)).find((found) => found.length > 2) ?? ticks(low, high, 6);
}

function drawAxes(own, { box: { width, height }, data }, to) {
  const rule = { stroke: "var(--rule)" };
  const text = { fill: "var(--muted)", "font-size": 10 };
  if (to.low < 0 && to.high > 0) draw(own, "line", { x1: 0, x2: width, y1: to.y(0), y2: to.y(0), ...rule });
  draw(own, "line", { x1: 0, x2: width, y1: height, y2: height, ...rule });
  const steps = ticks(...to.window, Math.max(2, Math.round(width / 70)));
  for (const step of steps) draw(own, "text", { x: to.x(step), y: height + 15.5, "text-anchor": "middle", ...text }, step.toLocaleString("en"));
  const behind = steps.length ? to.x(steps.at(-1)) + 2.8 * steps.at(-1).toLocaleString("en").length + 4 : 0;
  draw(own, "text", { x: Math.max(width + 6, behind), y: height + 15.5, ...text }, say("axis"));
  for (const value of valueTicks(to.low, to.high)) draw(own, "text", { x: -6, y: to.y(value) + 3.5, "text-anchor": "end", ...text }, written(data, value));
}

/* The last logged values at the lines' ends; where a picture holds several lines, each label switches its own. */
function labelCurve(chart) {
  const { svg, box, data } = chart;
  const focused = chart.labels?.contains(document.activeElement) ? document.activeElement.dataset.line : null;
  chart.labels?.remove();
  for (const drawn of all("[data-label]", chart.drawn)) drawn.setAttribute("display", "none");
  chart.labels = draw(svg, "g", { transform: `translate(${box.left},${box.top})`, "font-size": 10 });
  const to = scalesOf(chart, linesOf(chart));
  const ends = data.lines.map((line, place) => {
    const end = inside(loggedOf(line), to.window).at(-1) ?? [0, to.low];
    return { line, place, value: end[1], y: Math.max(0, Math.min(box.height, to.y(end[1]))) };
  });
  let above = -Infinity;
  for (const { line, place, value, y } of ends.sort((a, b) => a.y - b.y)) {
    above = Math.max(y, above + 12);
    const off = chart.off.has(place);
    const name = line.label.length <= 9 ? line.label : `${line.label.slice(0, 8)}…`;
    const text = draw(chart.labels, "text", { x: box.width + 6, y: above + 3.5, fill: off ? "var(--muted)" : "var(--ink)",
      "text-decoration": off ? "line-through" : "none", "data-line": place }, `${name} ${written(data, value)}`.trim());
    if (data.lines.length > 1) button(text, line.label, () => !chart.off.has(place), () => switchSeries(chart, place));
    if (focused === String(place)) text.focus();
  }
}

function nearestCurve(chart, at) {
  const lines = linesOf(chart);
  const to = scalesOf(chart, lines);
  const points = lines.flatMap((line) => inside(loggedOf(line), to.window));
  const step = points.reduce((best, [other]) => (Math.abs(to.x(other) - at.x) < Math.abs(to.x(best) - at.x) ? other : best), points[0]?.[0]);
  return step === undefined ? null : pointOf(chart, step);
}

function pointOf(chart, step) {
  const lines = linesOf(chart);
  const to = scalesOf(chart, lines);
  const show = (value) => written(chart.data, value);
  const parts = [say("step", { step: number(step) })];
  const rings = [];
  for (const line of lines) {
    const at = line.strong[0].indexOf(step);
    const [raw, strong] = [line.points[1]?.[at], line.strong[1][at]];
    const value = raw === undefined || line.exact || raw === strong ? show(strong ?? 0) : say("smoothed", { value: show(raw), smoothed: show(strong) });
    if (at >= 0 && line.points[0]) parts.push(`${line.label} ${value}`.trim());
    const evaluation = line.evaluations[1]?.[line.evaluations[0].indexOf(step)];
    if (evaluation !== undefined) parts.push(say("evaluation", { value: show(evaluation) }));
    if (at >= 0) rings.push(to.y(strong));
    else if (evaluation !== undefined) rings.push(to.y(evaluation));
  }
  return { x: to.x(step), rings, line: true, value: step, text: parts.join(" · ") };
}

function stepCurve(chart, by) {
  const lines = linesOf(chart);
  const to = scalesOf(chart, lines);
  const steps = [...new Set(lines.flatMap((line) => inside(line.strong, to.window)).map((point) => point[0]))].sort((a, b) => a - b);
  const next = steps[Math.max(0, Math.min(steps.length - 1, steps.indexOf(chart.at?.value) + by))];
  return next === undefined ? null : pointOf(chart, next);
}

function startSmoothing() {
  const slider = find("#smooth");
  if (!slider) return;
  find("#tools").hidden = false;
  slider.addEventListener("input", () => {
    view.smooth = slider.value === "5" ? "" : slider.value;
    showSmoothing();
    writeAddress();
  });
}

function showSmoothing() {
  const slider = find("#smooth");
  if (slider) {
    slider.value = smoothing();
    const lines = charts.flatMap((chart) => (chart.data.kind === "curve" ? chart.data.lines : [])).filter((line) => !line.exact);
    const many = [...new Set(lines.map((line) => windowOf(loggedOf(line)[1].length, smoothing())))].filter((n) => n > 1).sort((a, b) => a - b);
    const ends = [...new Set([many[0], many.at(-1)])].join("–");
    find("#tools output").textContent = many.length ? say("smoothing", { n: ends }) : say("raw");
  }
  for (const chart of charts) if (chart.data.kind === "curve") showCurve(chart);
}

/* ---- Charts: strips of answers ---- */

function startStrips(chart) {
  const { svg, data } = chart;
  chart.axis = find("[data-axis]", svg);
  chart.parts = all("[data-series] > *", svg).map((element) => {
    const [x, y] = element.getAttribute("transform").match(/-?[\d.]+/g).map(Number);
    return { element, x, y, long: Number(element.getAttribute("x2") ?? 0) };
  });
  for (const label of all("[data-label]", svg)) {
    const place = Number(label.dataset.label);
    button(label, data.rows[place].name, () => !chart.off.has(place), () => switchSeries(chart, place));
  }
  return data.x;
}

function showStrips(chart) {
  const { width, height } = chart.box;
  const window = chart.window ?? chart.whole;
  const to = scale(window.map(scale(chart.whole, [0, width])), [0, width]);
  for (const { element, x, y, long } of chart.parts) {
    const [from, end] = [to(x), to(x + long)];
    const [one, two] = [Math.max(0, from), Math.min(width, end)];
    element.setAttribute("display", end < -0.01 || from > width + 0.01 ? "none" : "inline");
    element.setAttribute("transform", `translate(${one.toFixed(2)},${y})`);
    if (long) element.setAttribute("x2", Math.max(0, two - one).toFixed(2));
  }
  for (const series of all("[data-series]", chart.svg)) series.setAttribute("display", chart.off.has(Number(series.dataset.series)) ? "none" : "inline");
  chart.own?.remove();
  chart.axis.setAttribute("display", chart.window ? "none" : "inline");
  if (chart.window) chart.own = drawStripAxis(chart, window, height);
}

function drawStripAxis(chart, window, height) {
  const { box, data } = chart;
  const x = scale(window, [0, box.width]);
  const own = draw(chart.svg, "g", { transform: `translate(${box.left},${box.top + height + 4.5})`, stroke: "var(--rule)" });
  draw(own, "line", { x1: 0, x2: box.width, y1: 0, y2: 0 });
  for (const value of ticks(...window, 6)) {
    draw(own, "line", { x1: x(value), x2: x(value), y1: 0, y2: 3 });
    draw(own, "text", { x: x(value), y: 13, "text-anchor": "middle", fill: "var(--muted)", stroke: "none", "font-size": 10 }, amount(data, value));
  }
  return own;
}

function amount(data, value) {
  return data.share ? say("share", { share: number(Number((100 * value).toPrecision(3))) }) : number(value);
}

function nearestStrips(chart, at) {
  const x = scale(chart.window ?? chart.whole, [0, chart.box.width]);
  let [best, found] = [Infinity, null];
  chart.data.rows.forEach((row, series) => {
    if (chart.off.has(series)) return;
    row.values.forEach((value, n) => {
      const apart = (x(value) - at.x) ** 2 + (row.heights[n] - at.y) ** 2;
      if (apart < best && x(value) >= 0 && x(value) <= chart.box.width) [best, found] = [apart, [series, n]];
    });
  });
  return found && best < 400 ? dotOf(chart, ...found) : null;
}

function dotOf(chart, series, n) {
  const row = chart.data.rows[series];
  const x = scale(chart.window ?? chart.whole, [0, chart.box.width]);
  const values = { name: row.name, id: row.ids[n] ?? "", value: amount(chart.data, row.values[n]) };
  const exchange = exchanges.find((it) => it.id === row.ids[n]);
  return { x: x(row.values[n]), rings: [row.heights[n]], value: row.values[n], series, n,
    text: say(row.cut.includes(n) ? "question_cut" : "question", values), open: exchange?.passes ? () => goTo(exchange) : null };
}

/* Left and right by value, up and down by variant. */
function stepStrips(chart, by, down) {
  const rows = chart.data.rows;
  const shown = rows.map((_, series) => series).filter((series) => !chart.off.has(series) && rows[series].values.length);
  if (!shown.length) return null;
  const at = chart.at ?? { series: shown[0], n: -1 };
  const series = shown[Math.max(0, Math.min(shown.length - 1, shown.indexOf(at.series) + down))];
  const { values } = rows[series];
  const [low, high] = chart.window ?? chart.whole;
  const ranked = values.map((_, n) => n).filter((n) => values[n] >= low && values[n] <= high).sort((a, b) => values[a] - values[b]);
  const next = down || at.n < 0 ? 0 : Math.max(0, Math.min(ranked.length - 1, ranked.indexOf(at.n) + by));
  return ranked.length ? dotOf(chart, series, ranked[next]) : null;
}

/* ---- Charts: the forest plot, whose rows are a table's ---- */

function startForest(svg, tip) {
  const row = svg.closest("tr");
  svg.addEventListener("pointermove", (event) => place(tip, svg.getAttribute("aria-label"), event.clientX, event.clientY));
  svg.addEventListener("pointerleave", () => (tip.hidden = true));
  const label = find(".name .variant", row);
  if (!label) return;
  const name = label.textContent;
  const same = () => all(".forest tr").filter((other) => find(".name .variant", other)?.textContent === name);
  button(label, name, () => !row.classList.contains("off"), () => {
    const off = !row.classList.contains("off");
    for (const other of same()) {
      other.classList.toggle("off", off);
      find(".name .variant", other).setAttribute("aria-pressed", String(!off));
    }
  });
}
