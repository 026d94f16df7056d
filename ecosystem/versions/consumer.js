// Somebody who installed the packed package, in a folder of his own.

import { execFile, execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const repository = fileURLToPath(new URL('../..', import.meta.url))

/** Long enough for a slow network, in milliseconds. */
const PATIENCE = 180_000

const TSCONFIG = {
  compilerOptions: { module: 'nodenext', target: 'es2023', lib: ['es2023'], strict: true, skipLibCheck: false, types: ['node'], noEmit: true },
  files: ['types.ts']
}

/** The version of a package that is installed in a folder. */
export const versionIn = (folder, name) => JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8')).version

/** Packs the package as it is built; the folder of consumers, removed when the process ends. */
export function pack () {
  const folder = mkdtempSync(join(tmpdir(), 'consumers-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  const [{ filename }] = JSON.parse(execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], { cwd: repository, encoding: 'utf8' }))
  return { folder, tarball: join(folder, filename) }
}

/**
 * Installs the tarball beside this version of Fastify.
 *
 * @returns the consumer's folder, and what npm says
 */
export async function install ({ folder, tarball }, fastify, ...options) {
  const cwd = join(folder, fastify)
  mkdirSync(cwd)
  cpSync(fileURLToPath(new URL('consumer', import.meta.url)), cwd, { recursive: true })
  writeFileSync(join(cwd, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(cwd, 'tsconfig.json'), JSON.stringify(TSCONFIG))
  const types = versionIn(fileURLToPath(new URL('.', import.meta.url)), '@types/node')
  const { stdout, stderr } = await run('npm', [
    'install', '--no-audit', '--no-fund', '--prefer-offline', ...options, tarball, `fastify@${fastify}`, `@types/node@${types}`
  ], { cwd, timeout: PATIENCE })
  return { cwd, said: stdout + stderr }
}

/** Runs a program in a consumer's folder; what it prints. */
export async function runIn (cwd, program, ...args) {
  try {
    return (await run(program, args, { cwd, timeout: PATIENCE })).stdout
  } catch ({ message, stdout, stderr }) {
    throw new Error(`${message}\n${stdout}${stderr}`)
  }
}
