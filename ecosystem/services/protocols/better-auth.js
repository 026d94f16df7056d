import { betterAuth } from 'better-auth'
import { memoryAdapter } from 'better-auth/adapters/memory'
import { createAuthClient } from 'better-auth/client'
import { fromNodeHeaders } from 'better-auth/node'
import { TOO_LARGE, failIn, post, send } from '../service.js'

const auth = betterAuth({
  secret: 'a secret of this test, as long as it must be',
  baseURL: 'http://127.0.0.1',
  database: memoryAdapter({ user: [], session: [], account: [], verification: [] }),
  emailAndPassword: { enabled: true },
  rateLimit: { enabled: false },
  logger: { disabled: true },
  telemetry: { enabled: false }
})

const at = (url, path) => `${url}/api/auth/${path}`
const json = (value, origin = 'http://127.0.0.1') => post(JSON.stringify(value), 'application/json', { origin, cookie: 'a=b' })
const wrong = { email: 'a@example.com', password: 'a wrong password' }

export default {
  name: 'better-auth',
  packages: ['better-auth'],
  way: 'by the `config` of its route',
  given: () => ({
    method: ['GET', 'POST'],
    url: '/api/auth/*',
    async handler (request) {
      const url = new URL(request.url, 'http://127.0.0.1')
      const body = request.body === undefined ? undefined : JSON.stringify(request.body)
      return await auth.handler(new Request(url, { method: request.method, headers: fromNodeHeaders(request.headers), body }))
    }
  }),
  mount: (app, route) => app.route(route),
  theirs: {
    'a call': [url => send(at(url, 'ok')), /200.*true/],
    'no session': [url => send(at(url, 'get-session')), /200.*null/],
    'wrong credentials': [url => send(at(url, 'sign-in/email'), json(wrong)), /401.*INVALID_EMAIL_OR_PASSWORD/],
    'wrong credentials, by its client': [
      url => createAuthClient({ baseURL: url }).signIn.email(wrong, { headers: { origin: 'http://127.0.0.1' } }), /INVALID_EMAIL_OR_PASSWORD/
    ],
    'an input that is refused': [url => send(at(url, 'sign-up/email'), json({ email: 1 })), /400.*VALIDATION_ERROR/],
    'an origin that is not trusted': [url => send(at(url, 'sign-in/email'), json(wrong, 'http://other.example')), /403.*ORIGIN/],
    'an unknown address of its own': [url => send(at(url, 'nothing')), /404/]
  },
  ours: {
    'errors of hooks': [url => send(at(url, 'ok'), failIn('preHandler')), 'INTERNAL_ERROR'],
    'malformed bodies': [url => send(at(url, 'sign-in/email'), post('{')), 'VALIDATION_ERROR'],
    'too large bodies': [url => send(at(url, 'sign-in/email'), post(TOO_LARGE)), 'CONTENT_TOO_LARGE'],
    'unknown media types': [url => send(at(url, 'sign-in/email'), post('a', 'text/csv')), 'UNSUPPORTED_MEDIA_TYPE']
  }
}
