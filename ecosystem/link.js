// Before a folder's tests: has them import the built package by its name, as a service does.

import { mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const link = resolve('node_modules/fastify-scai-errors')
mkdirSync(resolve(link, '..'), { recursive: true })
rmSync(link, { recursive: true, force: true })
symlinkSync(fileURLToPath(new URL('..', import.meta.url)), link, 'junction')
