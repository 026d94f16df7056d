import { createBullBoard } from '@bull-board/api'
import { BaseAdapter } from '@bull-board/api/dist/queueAdapters/base.js'
import { FastifyAdapter } from '@bull-board/fastify'
import { TOO_LARGE, failIn, post, send } from '../service.js'

/** A queue that needs no Redis: it is empty, and fails where it is to be emptied. */
class Queue extends BaseAdapter {
  constructor (name, options) {
    super('bullmq', options)
    this.name = name
  }

  getName () { return this.name }
  async getRedisInfo () { return '' }
  async getJobCounts () { return {} }
  async getJobs () { return [] }
  async getJob () { return undefined }
  async getJobSchedulersCount () { return 0 }
  async getGlobalConcurrency () { return null }
  async isPaused () { return false }
  getStatuses () { return ['latest', 'waiting'] }
  getJobStatuses () { return ['waiting'] }
  async empty () { throw new Error('It broke') }
}

function createPlugin () {
  const serverAdapter = new FastifyAdapter().setBasePath('/queues')
  createBullBoard({ queues: [new Queue('mail'), new Queue('archive', { readOnlyMode: true })], serverAdapter })
  return serverAdapter.registerPlugin()
}

const put = (url, path) => send(`${url}/queues/api/queues/${path}`, { method: 'PUT' })

export default {
  name: 'bull-board',
  packages: ['@bull-board/fastify'],
  way: 'in a scope of its own',
  given: () => ({ plugin: createPlugin(), options: { prefix: '/queues' } }),
  mount: (app, { plugin, options }) => app.register(plugin, options),
  theirs: {
    'the page': [url => send(`${url}/queues/`), /200.*html/],
    'the queues': [url => send(`${url}/queues/api/queues`), /200.*mail/],
    'an unknown queue': [url => put(url, 'nothing/pause'), /404.*QUEUE_NOT_FOUND/],
    'an unknown job': [url => send(`${url}/queues/api/queues/mail/1`), /404.*JOB_NOT_FOUND/],
    'a queue that may only be read': [url => put(url, 'archive/pause'), /405.*READ_ONLY/],
    'a bug': [url => put(url, 'mail/empty'), /500.*It broke/],
    'a malformed body': [url => send(`${url}/queues/api/queues/mail/add`, post('{')), /400.*JSON/],
    'too large a body': [url => send(`${url}/queues/api/queues/mail/add`, post(TOO_LARGE)), /413.*large/],
    'an error of a later hook': [url => send(`${url}/queues/api/queues`, failIn('preHandler')), /500.*hunter2/]
  },
  ours: {
    'unknown files': [url => send(`${url}/queues/static/nothing.js`), 'NOT_FOUND'],
    'errors of `onRequest` hooks': [url => send(`${url}/queues/api/queues`, failIn('onRequest')), 'INTERNAL_ERROR']
  }
}
