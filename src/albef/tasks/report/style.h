// The look of a report's page.
#pragma once
#include <string_view>

namespace albef {

inline constexpr std::string_view kStyle = R"css(
:root { --ink: #1d2430; --soft: #5c6675; --line: #dfe3e9;
  --accent: #2563a8; --right: #2f8552; --paper: #fff; --back: #f6f7f9; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2.5rem 1.5rem 4rem; max-width: 70rem; background: var(--back); color: var(--ink);
  font: 15px/1.5 system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 1rem; font-weight: 650; }
h2 { font-size: 1.2rem; margin: 0; font-weight: 650; }
h3 { font-size: 1rem; margin: 0 0 .6rem; font-weight: 600; }
h4 { font-size: .8rem; margin: 0 0 .3rem; font-weight: 600; }
h3 span, h4 span { color: var(--soft); font-weight: 400; margin-left: .4rem; }
h3 span { font-size: .87rem; }
section { margin-top: 2.4rem; }
.note { color: var(--soft); margin: .15rem 0 .9rem; max-width: 46rem; }
.facts { display: flex; flex-wrap: wrap; gap: .6rem 2rem; margin: 0; }
dt { color: var(--soft); font-size: .78rem; }
dd { margin: 0; font-weight: 550; overflow-wrap: anywhere; }
article, .charts, table { background: var(--paper); border: 1px solid var(--line); border-radius: 8px; }
article { padding: .9rem 1rem; margin-bottom: .8rem; }
table { border-collapse: separate; border-spacing: 0; overflow: hidden; }
th, td { padding: .38rem .8rem; text-align: left; }
.scores td, .scores thead th { text-align: right; font-variant-numeric: tabular-nums; }
.scores thead th { color: var(--soft); font-weight: 500; font-size: .82rem; }
.scores tbody th { font-weight: 550; }
.scores tbody tr > * { border-top: 1px solid var(--line); }
.scores:not(.task) tbody tr:last-child { font-weight: 650; }
.scores .bar { width: 9rem; padding-right: 0; }
.scores .bar i { display: block; height: .7rem; border-radius: 2px; background: var(--accent);
  margin-left: auto; min-width: 1px; }
.tables { display: flex; flex-wrap: wrap; gap: 1rem 1.6rem; align-items: flex-start; }
.task thead tr:first-child th:first-child { text-align: left; }
.task td { white-space: nowrap; }
.task small { color: var(--soft); margin-left: .3rem; }
.confusion small { color: inherit; }
.confusion thead th[colspan] { text-align: center; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(300px, 1fr));
  gap: 1.4rem 1.6rem; padding: 1.1rem 1.2rem; }
.chart { width: 100%; height: auto; font-size: 12px; }
.chart .title { font-weight: 600; font-size: 13px; fill: var(--ink); }
.chart .legend { fill: var(--ink); }
.chart .axis text { fill: var(--soft); font-size: 11px; }
.chart .axis line { stroke: var(--line); }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(300px, 1fr));
  gap: .8rem 1.6rem; flex: 1; min-width: 0; }
.row { display: grid; grid-template-columns: repeat(5, 1fr); gap: .45rem; }
figure { margin: 0; }
figure img { display: block; width: 100%; border-radius: 4px; border: 1px solid var(--line); }
figcaption { font-size: .76rem; color: var(--soft); text-align: center; font-variant-numeric: tabular-nums; }
figure.right img { outline: 3px solid var(--right); outline-offset: 0; border-color: transparent; }
figure.right figcaption { color: var(--right); font-weight: 650; }
.side { display: flex; gap: 1.2rem; align-items: flex-start; }
.side > figure { flex: 0 0 128px; }
ol { margin: 0; padding: 0; list-style: none; }
li { display: flex; gap: .6rem; justify-content: space-between; padding: .14rem .4rem;
  border-left: 3px solid transparent; font-size: .87rem; }
li b { font-weight: 400; color: var(--soft); font-variant-numeric: tabular-nums; white-space: nowrap; }
li.right { border-left-color: var(--right); background: #edf6f0; }
.masks { display: grid; grid-template-columns: repeat(auto-fit, minmax(260px, 1fr));
  gap: 1rem 1.6rem; flex: 1; min-width: 0; }
.masks p { margin: 0 0 .3rem; font-size: .87rem; color: var(--soft); }
mark { background: #fff1c2; color: var(--ink); padding: 0 .25em; border-radius: 3px; font-weight: 600; }
.guesses li { display: grid; grid-template-columns: 6rem 100px 1fr; align-items: center; }
.guesses span { overflow: hidden; text-overflow: ellipsis; }
.guesses i { height: .6rem; background: var(--accent); border-radius: 2px; min-width: 1px; }
.guesses b { text-align: right; }
.tables + h4 { margin-top: .9rem; }
.examples { display: grid; grid-template-columns: repeat(auto-fit, minmax(340px, 1fr)); gap: 1rem 1.6rem; }
.example { display: grid; grid-template-columns: 150px 1fr; gap: .2rem 1rem; align-items: start; min-width: 0; }
.example:has(svg) { grid-template-columns: 200px 1fr; }
.example:has(figure + figure) { grid-template-columns: 1fr; }
.example p { margin: 0 0 .25rem; font-size: .87rem; overflow-wrap: anywhere; }
.example .good { color: var(--right); }
.example .bad { color: #b3402e; }
.pictures { display: flex; gap: .45rem; max-width: 320px; }
.pictures figure { position: relative; flex: 1; }
.pictures svg { position: absolute; inset: 0; width: 100%; height: 100%; }
.pictures rect { fill: none; stroke-width: 3; vector-effect: non-scaling-stroke; }
.pictures .truth { stroke: #35c46d; }
.pictures .answer { stroke: #2f7fe0; stroke-dasharray: 6 4; }
p i.truth, p i.answer { display: inline-block; width: .9rem; height: .7rem; border: 2px solid #35c46d; }
p i.answer { border: 2px dashed #2f7fe0; }
summary { cursor: pointer; margin-bottom: .6rem; }
.settings { font-size: .84rem; }
.settings th { font-weight: 500; color: var(--soft); }
.settings th, .settings td { padding: .16rem .8rem; overflow-wrap: anywhere; }
@media (max-width: 600px) { .side { flex-direction: column; } .scores { display: block; overflow-x: auto; } }
)css";

}  // namespace albef
