// Runs programs in TypeScript, as they stand on a page, in processes of their own.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const OPTIONS = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  strict: true,
  skipLibCheck: true,
  types: ['node'],
  experimentalDecorators: true,
  emitDecoratorMetadata: true
}

/**
 * Starts a program; its address, and a function that reads what it has logged.
 *
 * @param {import('node:test').TestContext} t
 * @param {string} folder where its packages are
 * @param {Record<string, string>} sources its files, and what is in them; the first one is started
 */
export async function startProgram (t, folder, sources) {
  const child = spawnProgram(t, folder, sources)
  const output = createInterface({ input: child.stdout })
  let stderr = ''
  child.stderr.on('data', data => { stderr += data })
  const lines = []
  const url = await new Promise((resolve, reject) => {
    output.on('line', line => {
      // Others write there, too.
      if (!line.startsWith('{')) return
      lines.push(JSON.parse(line))
      const [, url] = / listening at (http:\S+)/.exec(lines.at(-1).msg) ?? []
      if (url !== undefined) resolve(url)
    })
    child.on('exit', code => reject(new Error(`It ended with ${code}: ${stderr}`)))
  })
  return {
    url,
    async read () {
      // A line may come later than its response, but not than the line of a later one.
      const { headers } = await fetch(url)
      const last = headers.get('x-request-id')
      while (!lines.some(({ request_id: id, res }) => id === last && res !== undefined)) await once(output, 'line')
      return lines.filter(({ request_id: id }) => id !== last)
    }
  }
}

/** Runs a program to its end; the lines that it has written. */
export async function runProgram (t, folder, sources) {
  const { stdout } = spawnProgram(t, folder, sources)
  const lines = []
  for await (const line of createInterface({ input: stdout })) lines.push(line)
  return lines
}

function spawnProgram (t, folder, sources) {
  const directory = makeDirectory(t, folder)
  for (const [name, text] of Object.entries(sources)) {
    const { outputText } = ts.transpileModule(text, { compilerOptions: { ...OPTIONS, module: ts.ModuleKind.ESNext } })
    writeFileSync(directory + name.replace(/ts$/, 'js'), outputText)
  }
  const [main] = Object.keys(sources)
  const child = spawn(process.execPath, [directory + main.replace(/ts$/, 'js')], { env: { ...process.env, PORT: '0' } })
  t.after(() => child.kill())
  return child
}

/**
 * What the compiler has against a program.
 *
 * @param {string} framework the package that brings Fastify: a service has no other copy of it
 */
export function typeErrors (t, folder, framework, source) {
  const directory = makeDirectory(t, folder)
  writeFileSync(`${directory}app.ts`, source)
  const fastify = dirname(createRequire(createRequire(directory).resolve(framework)).resolve('fastify'))
  const program = ts.createProgram([`${directory}app.ts`], { ...OPTIONS, noEmit: true, paths: { fastify: [`${fastify}/fastify.d.ts`] } })
  return ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))
}

/** A directory from which a program finds the packages of a folder, and this one by its name. */
function makeDirectory (t, folder) {
  const link = fileURLToPath(new URL('node_modules/fastify-scai-errors', import.meta.url))
  if (!existsSync(link)) symlinkSync(fileURLToPath(new URL('../..', import.meta.url)), link, 'junction')
  const directory = mkdtempSync(fileURLToPath(new URL(`${folder}/program-`, import.meta.url)))
  t.after(() => rmSync(directory, { recursive: true }))
  return `${directory}/`
}
