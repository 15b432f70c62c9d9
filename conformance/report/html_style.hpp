// How the HTML report looks: light and dark, narrow and wide, on paper. No "<" or "&" in it.
#pragma once

namespace backplane::conformance {

constexpr const char* kHtmlStyle = R"(
:root { color-scheme: light dark; --back: #fff; --text: #1b1f24; --faint: #59636e; --line: #d1d9e0;
  --box: #f4f6f8; --pass: #d7f2dd; --part: #ebf7d4; --fail: #ffd6d3; --open: #fdeab5;
  --none: #eceff2; --bad: #b3141d; }
@media (prefers-color-scheme: dark) {
  :root { --back: #0f1318; --text: #e4e8ec; --faint: #9aa5b1; --line: #39424d; --box: #1a2027;
    --pass: #17402a; --part: #36421b; --fail: #6b1f22; --open: #574312; --none: #252c34;
    --bad: #ff8d86; } }
body { margin: 0 auto; max-width: 80rem; padding: 1rem; background: var(--back);
  color: var(--text); font: 15px/1.45 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; margin: 0 0 .5rem; }
h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; border-bottom: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 1.2rem 0 .3rem; } h4 { font-size: .95rem; margin: 0; }
a { color: inherit; }
code, pre { font: 13px/1.4 ui-monospace, monospace; }
pre { margin: .4rem 0 0; padding: .5rem; background: var(--back); border: 1px solid var(--line);
  white-space: pre-wrap; }
.repro { user-select: all; } .repro::before { content: "$ "; color: var(--faint); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; margin: .5rem 0; }
dt { color: var(--faint); } dd { margin: 0; }
.wide { overflow-x: auto; overflow-wrap: normal; }
table { border-collapse: collapse; font-size: .85rem; font-variant-numeric: tabular-nums; }
th, td { border: 1px solid var(--line); padding: .15rem .45rem; text-align: left;
  white-space: nowrap; }
th { background: var(--box); font-weight: 600; } td.text { white-space: pre-wrap; min-width: 16rem; }
.matrix tr th:first-child { position: sticky; left: 0; }
.p { background: var(--pass); } .q { background: var(--part); } .f { background: var(--fail); }
.faint span { white-space: nowrap; }
.o { background: var(--open); } .u { background: var(--none); color: var(--faint); }
.cut { padding: .6rem; border: 2px solid var(--bad); color: var(--bad); font-weight: 600; }
article { margin: .6rem 0; padding: .6rem; background: var(--box); border: 1px solid var(--line);
  border-left: 4px solid var(--bad); }
article p { margin: .2rem 0; } .rules, .faint { color: var(--faint); font-size: .85rem; }
section:target { outline: 2px solid var(--bad); outline-offset: 4px; }
@media (max-width: 40rem) { body { padding: .6rem; } dl { grid-template-columns: 1fr; }
  dd { margin-bottom: .3rem; } }
@media print { .wide { overflow: visible; } article { break-inside: avoid; } }
)";

}  // namespace backplane::conformance
