import { deepEqual, equal, fail, ok } from 'node:assert/strict'
import { connect as connectHttp2 } from 'node:http2'
import type { ClientHttp2Session, IncomingHttpHeaders } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { inspect } from 'node:util'
import Fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import fc from 'fast-check'
import t from 'tap'
import type { Test } from 'tap'
import scaiErrors, { scaiServerOptions } from '../src/index.js'
import { checkEnvelope, checkHead } from './fixtures/envelope.js'
import { openSocket } from './fixtures/raw.js'
import { readAnswers } from './fixtures/raw-http.js'
import { SCRIPT_HEADER, Stage, isRace, scripts } from './fixtures/sequences.js'
import type { Script } from './fixtures/sequences.js'

// Whatever a service does, and in whatever order: bare Fastify, which does the same, tells what must come of it.

// FUZZ_RUNS=10000 FUZZ_SEED=1 npx tap --disable-coverage test/fuzz-sequences.test.ts
const numRuns = Number(process.env['FUZZ_RUNS'] ?? 100)
const seed = Number(process.env['FUZZ_SEED'] ?? 20261126)
/** A failure's own seed and path, as it prints them, lead straight back to it. */
const path = process.env['FUZZ_PATH']
const parameters = { numRuns, seed, ...(path !== undefined && { path }), interruptAfterTimeLimit: 600_000, markInterruptAsFailure: true }

/** Without an answer by then, there is none, where bare Fastify has one. */
const PATIENCE = 5000
/** How long bare Fastify may do nothing before its answer counts as missing. If it is only slow, the run shows nothing. */
const SILENCE = 20
/** How long is waited, at most, for what a script does behind its answer. */
const SETTLING = 200

t.setTimeout(900_000)

const troubles: unknown[] = []
for (const event of ['uncaughtException', 'unhandledRejection']) process.on(event, trouble => { troubles.push(trouble) })

/** What came of a script: a complete answer, a part of one, or not even that. */
interface Outcome {
  kind: 'complete' | 'cut' | 'silence'
  status: number
  headers: Headers
  text: string
  /** What reached the process meanwhile. */
  troubles: unknown[]
}

type Answer = Pick<Outcome, 'kind' | 'status' | 'headers' | 'text'>

const NOTHING = { status: 0, headers: new Headers(), text: '' }

interface Client {
  ask (script: Script, name: string, patience: number): Promise<Answer>
}

for (const [title, http2] of [['HTTP/1.1', false], ['HTTP/2', true]] as const) {
  t.test(`random sequences are answered as by bare Fastify, or by the envelope, over ${title} (${numRuns} runs, seed ${seed})`, async t => {
    const stage = new Stage()
    const bare = await listen(t, Fastify({ forceCloseConnections: true, ...http2 && { http2 } } as {}), stage)
    const app = Fastify(scaiServerOptions({ forceCloseConnections: true, ...http2 && { http2 } } as {}))
    await app.register(scaiErrors)
    const ours = await listen(t, app, stage)
    const open = http2 ? createHttp2Client : createHttp1Client
    const [bareClient, client] = [open(bare, stage), open(ours, stage)]
    t.teardown(() => { for (const { close } of [bareClient, client]) close() })

    await fc.assert(fc.asyncProperty(scripts, async script => {
      const expected = await perform(stage, script, bareClient, SILENCE)
      const outcome = await perform(stage, script, client, expected.kind === 'silence' ? SILENCE : PATIENCE)
      compare(outcome, expected, script)
    }), parameters)
    const { status } = await client.ask({ method: 'GET', route: 'fine' as never, hooks: [], handler: { async: false, steps: [], end: { do: 'nothing' } } }, '', PATIENCE)
    t.equal(status, 200)
  })
}

function compare (outcome: Outcome, expected: Outcome, script: Script): void {
  // What ends a bare service is not ours to save.
  if (expected.troubles.length > 0) return
  const race = isRace(script)
  if (outcome.troubles.length > 0) {
    fail(`reached the process: ${outcome.troubles.map(trouble => inspect(trouble)).join('; ')}`)
  }
  const isOurs = outcome.kind === 'complete' && outcome.status >= 400
  if (isOurs) checkError(outcome, script)
  if (expected.kind === 'complete') {
    const bare = `bare Fastify answers ${expected.status} ${expected.text}`
    ok(outcome.kind !== 'silence', bare)
    if (race) return
    equal(outcome.kind, 'complete', bare)
    equal(isOurs, expected.status >= 400, bare)
    if (!isOurs) deepEqual(comparable(outcome), comparable(expected))
  } else if (expected.kind === 'cut' && !race) {
    ok(outcome.kind !== 'complete' || isOurs, `${outcome.status} ${outcome.text}, where bare Fastify cuts`)
  }
}

function checkError (outcome: Outcome, { method }: Script): void {
  if (method === 'HEAD') {
    checkHead(outcome)
    equal(outcome.text, '')
  } else {
    checkEnvelope(outcome)
  }
}

function comparable ({ status, headers, text }: Outcome): unknown[] {
  return [status, text, ...[...headers].filter(([name]) => name !== 'date' && name !== 'x-request-id')]
}

async function perform (stage: Stage, script: Script, client: Client, patience: number): Promise<Outcome> {
  const answer = await client.ask(script, stage.enter(script), patience)
  // What the script does behind its answer.
  const deadline = Date.now() + SETTLING
  for (let quiet = 0; quiet < 5 && Date.now() < deadline; quiet = stage.over ? quiet + 1 : 0) await turn()
  // Over HTTP/2, a response that is destroyed without an error looks complete.
  const kind = answer.kind === 'complete' && !stage.ended ? 'cut' : answer.kind
  return { ...answer, kind, troubles: troubles.splice(0) }
}

async function listen (t: Test, app: FastifyInstance, stage: Stage): Promise<number> {
  stage.define(app)
  await app.listen({ host: '127.0.0.1', port: 0 })
  // Not waited for: what a script did to the process may have cost the server its connections.
  t.teardown(() => { app.close() })
  return (app.server.address() as AddressInfo).port
}

function createHttp1Client (port: number, stage: Stage): Client & { close: () => void } {
  return {
    async ask ({ method, route }, name, patience) {
      const socket = await openSocket(port)
      let received = Buffer.alloc(0)
      let changed = Date.now()
      socket.on('data', chunk => {
        received = Buffer.concat([received, chunk])
        changed = Date.now()
      })
      const body = method === 'POST' ? '{"a":1}' : ''
      socket.write(`${method} /${route} HTTP/1.1\r\nhost: a\r\n${SCRIPT_HEADER}: ${name}\r\ncontent-type: application/json\r\n` +
        `${method === 'POST' ? `content-length: ${body.length}\r\n` : ''}\r\n${body}`)
      try {
        for (;;) {
          const { answers: [answer], rest } = readAnswers(received, [method], socket.closed)
          if (answer !== undefined) {
            equal(rest.toString(), '', 'nothing follows an answer')
            return { kind: 'complete', ...answer }
          }
          if (socket.closed) return { kind: 'cut', ...NOTHING, text: received.toString() }
          if (isSilent(stage, changed, patience)) return { kind: 'silence', ...NOTHING, text: received.toString() }
          await turn()
        }
      } finally {
        socket.destroy()
      }
    },
    close () {}
  }
}

function createHttp2Client (port: number, stage: Stage): Client & { close: () => void } {
  let session: ClientHttp2Session | undefined
  return {
    async ask ({ method, route }, name, patience) {
      if (session === undefined || session.destroyed || session.closed) {
        session = connectHttp2(`http://127.0.0.1:${port}`).on('error', () => {})
      }
      const stream = session.request({ ':method': method, ':path': `/${route}`, [SCRIPT_HEADER]: name, 'content-type': 'application/json' })
      let head: IncomingHttpHeaders | undefined
      let [text, ended, changed] = ['', false, Date.now()]
      stream.on('response', headers => { head = headers }).on('end', () => { ended = true }).on('error', () => {})
      stream.setEncoding('utf8').on('data', chunk => {
        text += String(chunk)
        changed = Date.now()
      })
      stream.end(method === 'POST' ? '{"a":1}' : undefined)
      try {
        while (!stream.closed) {
          if (isSilent(stage, changed, patience)) return { kind: 'silence', ...NOTHING, text }
          await turn()
        }
        // Closed, it may still have to be read.
        for (let i = 0; i < 3; i++) await turn()
        if (head === undefined || !ended || stream.rstCode !== 0) return { kind: 'cut', ...NOTHING, text }
        const headers = Object.entries(head).filter(([name]) => !name.startsWith(':'))
        return { kind: 'complete', status: Number(head[':status']), headers: new Headers(headers as Array<[string, string]>), text }
      } finally {
        stream.destroy()
      }
    },
    close () {
      session?.destroy()
    }
  }
}

function isSilent (stage: Stage, changed: number, patience: number): boolean {
  return !stage.busy && Date.now() - changed > patience
}
