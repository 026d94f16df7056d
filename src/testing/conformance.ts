import { randomUUID } from 'node:crypto'
import type { AddressInfo, Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { errorCatalog } from '../error/catalog.js'
import { declarationOf } from '../openapi/declaration.js'
import { routesOf } from '../openapi/route-codes.js'
import type { KnownRoute } from '../openapi/route-codes.js'
import { findSettings } from '../respond/settings.js'
import { differencesOf, excerpt, headDifferences } from './differences.js'
import type { Received } from './differences.js'
import { SERVICE_PROBES, routeProbes, standInProbes, toPath } from './probes.js'
import type { Probe } from './probes.js'
import { HOLD, SECRET, STAND_IN_HEADER, addStandIns } from './stand-ins.js'
import type { Holder } from './stand-ins.js'
import { Wire, askHttp2, openHttp2, toText } from './wire.js'
import type { Reply, Target } from './wire.js'

export interface ConformanceOptions {
  /** Routes to leave alone, as `'GET /proxy/*'` or by their URL: those that opt out on purpose. */
  readonly skip?: readonly string[]
}

/** What a service did that breaks the contract. */
export interface Violation {
  /** What went wrong with the request. */
  readonly title: string
  /** As it went out; without one, it is something that a route says. */
  readonly request: string
  /** What is wrong with the answer. */
  readonly problems: readonly string[]
}

/**
 * Checks that a service answers nothing but envelopes, whatever goes wrong: it listens on a free port,
 * sends what goes wrong in every service, over sockets of its own, and closes it.
 *
 * Handlers run for a plain GET of each route alone. To see what handlers and hooks could do, it has
 * stand-ins in their place, for which it must be called before `ready()`; later, what needs them is left
 * out, with a warning of the process.
 *
 * @returns nothing where the service keeps the contract
 * @example
 * assert.deepEqual(await checkConformance(build(), { skip: ['/proxy/*'] }), [])
 */
export async function checkConformance (app: FastifyInstance, { skip = [] }: ConformanceOptions = {}): Promise<Violation[]> {
  const token = randomUUID()
  const holder = tryStandIns(app, token)
  const sockets = new Set<Socket>()
  try {
    app.server.on('connection', (socket: Socket) => { sockets.add(socket) })
    const target = await listen(app)
    const routes = routesOf(app).filter(({ name, options }) =>
      options.method !== 'HEAD' && !skip.includes(name) && !skip.includes(options.url))
    const optOuts = routes.filter(optsOut)
    const probes = [...SERVICE_PROBES, ...probesOf(routes.filter(route => !optsOut(route)), app, holder && token)]
    const violations = [...optOuts.map(toViolation), ...await ask(probes, target, app)]
    return holder === undefined || target.http2 || routes.length === 0
      ? violations
      : [...violations, ...await askClosing(app, holder, token, target, routes[0]!)]
  } finally {
    holder?.release()
    // A handshake that nobody answers would keep the service from closing.
    for (const socket of sockets) socket.destroy()
    await app.close()
  }
}

async function listen (app: FastifyInstance): Promise<Target> {
  if (!app.server.listening) await app.listen({ host: '127.0.0.1', port: 0 })
  const { address: host, port } = app.server.address() as AddressInfo
  const { http2, https } = app.initialConfig
  /* c8 ignore next -- where a server speaks both, HTTP/1 has more that can go wrong */
  const isHttp2 = http2 === true && !(typeof https === 'object' && https.allowHTTP1 === true)
  return { host, port, secure: Boolean(https), http2: isHttp2 }
}

function tryStandIns (app: FastifyInstance, token: string): Holder | undefined {
  try {
    return addStandIns(app, token)
  } catch {
    process.emitWarning(
      'checkConformance was called after ready(): what handlers and hooks do, bodies of a wrong type and requests while closing are left out',
      'ScaiConformanceWarning'
    )
    return undefined
  }
}

function optsOut ({ name, options }: KnownRoute): boolean {
  const declared = declarationOf(options, name)
  return declared === false || declared.normalizeReplies === false
}

function toViolation ({ name }: KnownRoute): Violation {
  return {
    title: 'a route that opts out',
    request: name,
    problems: ['config.scaiErrors lets other bodies than the envelope through: list the route in skip if it must']
  }
}

/** The probes of all routes, and the stand-ins in one route of each scope. */
function probesOf (routes: readonly KnownRoute[], app: FastifyInstance, token: string | undefined): Probe[] {
  const ofScopes = new Map(routes.toReversed().map(route => [route.instance, route]))
  return [
    ...routes.flatMap(route => routeProbes(route, app, token)),
    ...token === undefined ? [] : Array.from(ofScopes.values()).flatMap(route => standInProbes(route, token))
  ]
}

async function ask (probes: readonly Probe[], target: Target, app: FastifyInstance): Promise<Violation[]> {
  const violations: Violation[] = []
  const seen = new Set<string>()
  for (const probe of probes) {
    const request = typeof probe.request === 'string' ? probe.request : toText(probe.request)
    if (seen.has(request)) continue
    seen.add(request)
    const reply = await replyTo(probe, request, target)
    if (reply !== undefined) violations.push(...check(probe, request, reply, app))
  }
  return violations
}

/** `undefined` where HTTP/2 has nothing of the kind. */
async function replyTo ({ request, methods }: Probe, text: string, target: Target): Promise<Reply | undefined> {
  if (target.http2) {
    if (typeof request === 'string') return undefined
    const session = await openHttp2(target)
    try {
      return await askHttp2(session, request)
    } finally {
      session.destroy()
    }
  }
  const wire = await Wire.open(target)
  try {
    wire.write(text)
    return await wire.read(methods ?? [methodOf(text)])
  } finally {
    wire.close()
  }
}

function check (
  { title, methods, mustFail }: Pick<Probe, 'title' | 'methods' | 'mustFail'>,
  request: string,
  reply: Reply,
  app: FastifyInstance
): Violation[] {
  const asked = methods ?? [methodOf(request)]
  const problems = [
    ...reply.answers.flatMap((answer, i) => answerProblems(answer, asked[i]!, app, mustFail)),
    ...reply.answers.length < asked.length
      ? [`${reply.ended ? 'the connection ended' : 'nothing came'} without an answer, but for ${excerpt(reply.rest)}`]
      : [],
    ...reply.answers.length === asked.length && reply.rest !== '' ? [`after the answer came ${excerpt(reply.rest)}`] : [],
    ...new Set(reply.answers.map(({ header }) => header('x-request-id'))).size < reply.answers.length
      ? ['two answers have the same x-request-id']
      : []
  ]
  return problems.length === 0 ? [] : [{ title, request, problems }]
}

function answerProblems (answer: Received, method: string, app: FastifyInstance, mustFail: true | undefined): string[] {
  const { status, text } = answer
  if (status < 400) return mustFail ? [`an error was expected, got status ${status}`] : []
  const leak = text.includes(SECRET) ? ['what was thrown or sent got out'] : []
  if (method === 'HEAD') {
    return [
      /* c8 ignore next -- only a route that opts out sends another one */
      ...leak, ...headDifferences(answer), ...isStatusOfCode(status) ? [] : [`no code of the catalog has the status ${status}`]
    ]
  }
  const scope = routesOf(app)[0]?.instance ?? app
  return [...leak, ...differencesOf(answer, undefined, { shouldRetryHeader: findSettings(scope)?.shouldRetryHeader ?? true })]
}

function isStatusOfCode (status: number): boolean {
  return Object.values(errorCatalog).some(entry => entry.status === status)
}

function methodOf (request: string): string {
  return request.slice(0, request.indexOf(' '))
}

/** Asks while the service closes: on a connection whose request has begun, while it has still another to answer. */
async function askClosing (app: FastifyInstance, holder: Holder, token: string, target: Target, route: KnownRoute): Promise<Violation[]> {
  const path = toPath(route.options.url)
  const method = [route.options.method].flat()[0]!
  const late = toText({ method, path })
  const [first, second] = [await Wire.open(target), await Wire.open(target)]
  try {
    second.write(late.slice(0, HALF))
    first.write(toText({ method, path, headers: { [STAND_IN_HEADER]: `${token} ${HOLD}` } }))
    // A service that answers earlier (it wants credentials) has none that could be held.
    /* c8 ignore next -- a hook of the service may answer first */
    if (!await Promise.race([holder.held.then(() => true), first.read([method]).then(() => false)])) return []
    app.close()
    await holder.closing
    second.write(late.slice(HALF))
    return check({ title: 'a request while the service closes', mustFail: true }, late, await second.read([method]), app)
  } finally {
    first.close()
    second.close()
  }
}

/** The beginning of a request, which is enough for Node.js not to take the connection for idle. */
const HALF = 10
