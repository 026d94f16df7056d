import { readFileSync } from 'node:fs'

/**
 * The version of a package that is installed beside a module, for the titles of tests.
 *
 * @param {string} url of the module
 */
export function versionOf (name, url) {
  return JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, url), 'utf8')).version
}

/** Of a test: the software and its version. */
export function titleOf (name, url) {
  return `${name} ${name === 'Node.js' ? process.versions.node : versionOf(name, url)}`
}
