#!/usr/bin/env node
import { run } from './cli/run.js'

const { output, exitCode } = await run(process.argv.slice(2))
;(exitCode === 0 ? process.stdout : process.stderr).write(output)
process.exitCode = exitCode
