// node bench/report.js: puts the figures of the last runs (results.json) into docs/performance.md, and draws
// performance.svg from them.

import { readFileSync, writeFileSync } from 'node:fs'
import { arch, cpus } from 'node:os'

const file = name => new URL(name, import.meta.url)
const results = JSON.parse(readFileSync(file('results.json'), 'utf8'))

/** The least that the same response can cost. */
const BY_HAND = 'the same response, made by hand in bare Fastify'

/** The rows of the table: from which suite, and under which name. */
const SHOWN = [
  ['errors', 'reply.scaiError', '`reply.scaiError`', BY_HAND],
  ['errors', 'thrown, sync', 'a thrown `ScaiError`', BY_HAND],
  ['errors', 'thrown, async', '…, in an async handler', BY_HAND],
  ['errors', 'reply.scaiError', '`reply.scaiError`', 'a plain 200 of the same length, in bare Fastify'],
  ['errors', 'thrown, sync', 'a thrown `ScaiError`', 'a plain 200'],
  ['errors', 'thrown, async', '…, in an async handler', 'a plain 200'],
  ['errors', 'not found', 'an unknown route', 'a plain 200'],
  ['errors', '500 with a stack', 'a 500 for an unexpected error', "Fastify's own 500"],
  ['logging', '404, info', 'a coded 404 and its log lines', "Fastify's own 404 and its log lines"],
  ['logging', '500, info', 'a 500 and its log lines', "Fastify's own 500 and its log lines"],
  ['success', 'with everything on', 'a success, with everything on', 'bare Fastify'],
  ['validation', 'valid, 100 fields', 'a valid body of 100 fields', 'bare Fastify'],
  ['validation', 'invalid, 1 fault', 'a 422 with one error', "Fastify's own 400"],
  ['validation', 'invalid, 10 faults, all told', 'a 422 with ten errors, all reported', "Fastify's own 400 under `allErrors`"],
  ['streams', 'reply.scaiStream', '`reply.scaiStream`, a frame', 'a loop on `reply.raw`']
]

const table = SHOWN.flatMap(([suite, name, label, against]) => {
  const row = results[suite]?.rows.find(row => row.name === name)
  if (row === undefined) return []
  const scale = against === BY_HAND ? row.ofFloor / row.ratio : 1
  const [ratio, low, high] = [row.ratio, row.low, row.high].map(figure => (figure * scale).toFixed(2))
  return [`| ${label} | ${ratio} (${low}–${high}) | ${against} |`]
})
const markers = /(<!-- performance -->\n)[^]*(<!-- \/performance -->)/
const page = readFileSync(file('../docs/performance.md'), 'utf8')
writeFileSync(file('../docs/performance.md'), page.replace(markers, `$1| this request | ratio (spread) | compared with |\n|---|---|---|\n${table.join('\n')}\n\nNode.js ${process.versions.node}, Fastify ${fastifyVersion()}, ${cpus()[0].model.trim()}, ${arch()}.\n$2`))
writeFileSync(file('performance.svg'), draw(results.peers.rows.filter(({ name }) => !/A\/A|against/.test(name))))

function fastifyVersion () {
  return JSON.parse(readFileSync(file('../node_modules/fastify/package.json'), 'utf8')).version
}

/** Bars of the CPU time of each variant, legible on a light and a dark background; ours as a multiple of a plain 200, too. */
function draw (rows) {
  const [left, width, height] = [290, 760, 26]
  const most = Math.max(...rows.map(({ micros }) => micros))
  const { micros: plain } = rows.find(({ name }) => name.startsWith('plain 200'))
  const bars = rows.toSorted((a, b) => a.micros - b.micros).map(({ name, micros }, index) => {
    const y = 40 + index * height
    const length = (width - left - 70) * micros / most
    const kind = name.startsWith('fastify-scai-errors') ? 'ours' : /200|node:http/.test(name) ? 'limit' : 'peer'
    const figure = `${micros.toFixed(1)} µs${kind === 'ours' ? ` = ${(micros / plain).toFixed(1)} × a plain 200` : ''}`
    return `  <text class="name" x="${left - 10}" y="${y + 13}">${name}</text>
  <rect class="${kind}" x="${left}" y="${y}" width="${length.toFixed(1)}" height="18" rx="2"/>
  <text x="${(left + length + 6).toFixed(1)}" y="${y + 13}">${figure}</text>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${50 + rows.length * height}" role="img" aria-label="CPU time of one coded 404, by library">
  <style>
    text { font: 13px system-ui, sans-serif; fill: #555 }
    .title { font-weight: 600 }
    .name { text-anchor: end }
    .ours { fill: #2f9e6e }
    .limit { fill: #a0a0a0 }
    .peer { fill: #5b8dd6 }
    @media (prefers-color-scheme: dark) { text { fill: #c8c8c8 } }
  </style>
  <text class="title" x="${left}" y="22">CPU time of one coded 404, by library (lower is better)</text>
${bars.join('\n')}
</svg>
`
}
