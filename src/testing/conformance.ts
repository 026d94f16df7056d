import { randomUUID } from 'node:crypto'
import type { AddressInfo, Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { findUnknownOption } from '../error/unknown-option.js'
import { declarationOf } from '../openapi/declaration.js'
import { routesOf } from '../openapi/route-codes.js'
import type { KnownRoute } from '../openapi/route-codes.js'
import { findSettings } from '../respond/settings.js'
import { DRAINING, SERVICE_PROBES, routeProbes, standInProbes, toPath } from './probes.js'
import type { Probe } from './probes.js'
import { checkService } from './scopes.js'
import type { AnyService } from './scopes.js'
import { BEFORE_HANDLER, HOLD, STAND_IN_HEADER, addStandIns } from './stand-ins.js'
import type { Holder } from './stand-ins.js'
import { methodOf, violationsOf } from './verdict.js'
import type { Expected, Violation } from './verdict.js'
import { Wire, askHttp2, toText } from './wire.js'
import type { Reply, Target } from './wire.js'

export interface ConformanceOptions {
  /** Routes that turn the envelope off on purpose, as `'GET /proxy/*'` or by their URL. */
  readonly skip?: readonly string[]
  /** The longest time, in milliseconds, that an answer may take. @default 5000 */
  readonly patience?: number
}

/**
 * Checks that a service sends nothing but envelopes, whatever goes wrong: it makes the service listen on a
 * free port, sends what goes wrong in every service, and closes it.
 *
 * Handlers run only for one plain GET of each route. To see what handlers and hooks could do wrong, it adds
 * stand-ins for them. So call it before `ready()`; later, what needs them isn't checked, with a process warning.
 *
 * @returns the violations; none if the service keeps the contract
 * @throws {TypeError} if this isn't an app, and on a misspelt option
 * @example
 * assert.deepEqual(await checkConformance(build(), { skip: ['/proxy/*'] }), [])
 */
export async function checkConformance (app: AnyService, options: ConformanceOptions = {}): Promise<Violation[]> {
  checkService(app, 'checkConformance')
  const unknown = findUnknownOption(options, ['skip', 'patience'])
  if (unknown !== undefined) throw new TypeError(`checkConformance: ${unknown}`)
  const { skip = [], patience = 5000 } = options
  const token = randomUUID()
  const holder = tryStandIns(app, token)
  const sockets = new Set<Socket>()
  try {
    app.server.on('connection', (socket: Socket) => { sockets.add(socket) })
    const target = { ...await listen(app), patience }
    const routes = routesOf(app).filter(({ name, options }) =>
      options.method !== 'HEAD' && !skip.includes(name) && !skip.includes(options.url))
    const judge = createJudge(app)
    const probes = [...SERVICE_PROBES, ...probesOf(routes.filter(route => !optsOut(route)), app, holder && token)]
    return [
      ...routes.filter(optsOut).map(toViolation),
      ...await askAll(probes, target, judge),
      ...holder === undefined || target.http2 ? [] : await askClosing(app, holder, token, target, routes, judge)
    ]
  } finally {
    holder?.release()
    // A handshake without an answer would keep the service from closing.
    for (const socket of sockets) socket.destroy()
    await app.close()
  }
}

async function listen (app: FastifyInstance): Promise<Omit<Target, 'patience'>> {
  if (!app.server.listening) await app.listen({ host: '127.0.0.1', port: 0 })
  const { address: host, port } = app.server.address() as AddressInfo
  const { http2, https } = app.initialConfig
  // If a server speaks both, HTTP/1 is chosen: more can go wrong there.
  const isHttp2 = http2 === true && !(typeof https === 'object' && https.allowHTTP1 === true)
  return { host, port, secure: Boolean(https), http2: isHttp2 }
}

function tryStandIns (app: FastifyInstance, token: string): Holder | undefined {
  try {
    return addStandIns(app, token)
  } catch {
    process.emitWarning(
      'checkConformance was called after ready(): what handlers and hooks do, bodies of a wrong type and requests while closing are not checked',
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
  // The first route of a scope without an input schema, if there is one: otherwise a request never gets to the handler.
  const ofScopes = new Map([...routes.filter(wantsInput), ...routes.filter(route => !wantsInput(route)).toReversed()]
    .map(route => [route.instance, route]))
  return [
    ...routes.flatMap(route => routeProbes(route, app, token)),
    ...token === undefined ? [] : Array.from(ofScopes.values()).flatMap(route => standInProbes(route, token))
  ]
}

function wantsInput ({ codes }: KnownRoute): boolean {
  return codes?.implied.has('VALIDATION_ERROR') === true
}

type Judge = (request: string, reply: Reply, expected: Expected) => Violation[]

/** Scopes may differ in whether they send x-should-retry, and the scope that answers isn't always the route's own. */
function createJudge (app: FastifyInstance): Judge {
  const scopes = routesOf(app).map(({ instance }) => instance)
  const flags = new Set([app, ...scopes].flatMap(scope => findSettings(scope)?.shouldRetryHeader ?? []))
  return (request, reply, expected) => {
    const verdicts = Array.from(flags.size === 0 ? [true] : flags, flag => violationsOf(request, reply, expected, flag))
    return verdicts.find(violations => violations.length === 0) ?? verdicts[0]!
  }
}

/** The number of concurrent requests: one without an answer must not hold up the others. */
const AT_ONCE = 16

/** Sends all probes, the same bytes only once, and judges the replies. */
async function askAll (probes: readonly Probe[], target: Target, judge: Judge): Promise<Violation[]> {
  const byRequest = new Map<string, Probe>()
  for (const probe of probes) {
    const request = typeof probe.request === 'string' ? probe.request : toText(probe.request)
    if (!byRequest.has(request)) byRequest.set(request, probe)
  }
  const waiting = Array.from(byRequest).entries()
  const violations: Violation[][] = []
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    // They share one iterator.
    for (const [i, [request, probe]] of waiting) {
      const reply = await replyTo(probe, request, target)
      violations[i] = reply === undefined ? [] : judge(request, reply, probe)
    }
  }))
  return violations.flat()
}

/** `undefined` if HTTP/2 has no such thing. */
async function replyTo ({ request, methods }: Probe, text: string, target: Target): Promise<Reply | undefined> {
  if (target.http2) return typeof request === 'string' ? undefined : await askHttp2(target, request)
  const wire = await Wire.open(target)
  try {
    wire.write(text)
    return await wire.read(methods ?? [methodOf(text)])
  } finally {
    wire.close()
  }
}

/**
 * Sends a request while the service closes, on a connection whose request has begun, while another one is still
 * to be answered. Uses the first route that lets a request in; if all of them want credentials, there is none.
 */
async function askClosing (
  app: FastifyInstance, holder: Holder, token: string, target: Target, routes: readonly KnownRoute[], judge: Judge
): Promise<Violation[]> {
  for (const { options } of routes) {
    const path = toPath(options.url)
    const method = [options.method].flat()[0]!
    const late = toText({ method, path })
    const [first, second] = [await Wire.open(target), await Wire.open(target)]
    try {
      // In one piece with another request: once that is answered, the server has read the half as well.
      second.write(toText({ method, path, headers: { [STAND_IN_HEADER]: `${token} ${BEFORE_HANDLER}` } }) + late.slice(0, HALF))
      const { answers: [before] } = await second.read([method])
      if (before?.header('connection') === 'close') continue
      first.write(toText({ method, path, headers: { [STAND_IN_HEADER]: `${token} ${HOLD}` } }))
      if (!await Promise.race([holder.held.then(() => true), first.read([method]).then(() => false)])) continue
      app.close()
      await holder.closing
      second.write(late.slice(HALF))
      const { answers: [, ...answers], ...reply } = await second.read([method, method])
      return judge(late, { answers, ...reply }, DRAINING)
    } finally {
      first.close()
      second.close()
    }
  }
  return []
}

/** The beginning of a request: with it, the connection isn't idle for Node.js. */
const HALF = 10
