import mercurius from 'mercurius'
import { TOO_LARGE, failIn, post, send } from '../service.js'

const schema = 'type Query { models: [String], find(slug: String!): String, strict: String! }'

const resolvers = {
  Query: {
    models: () => ['small', 'large'],
    find: () => { throw new mercurius.ErrorWithProps('No such model', { code: 'NO_MODEL' }, 404) },
    strict: () => { throw new Error('It broke') }
  }
}

const query = text => post(JSON.stringify({ query: text }))

export default {
  name: 'mercurius',
  packages: ['mercurius'],
  way: 'by its `additionalRouteOptions`',
  given: () => ({ mercurius, schema, resolvers }),
  mount: (app, { mercurius, ...options }) => app.register(mercurius, options),
  theirs: {
    'a query': [url => send(`${url}/graphql`, query('{ models }')), /200.*small/],
    'a query by GET': [url => send(`${url}/graphql?query={models}`), /200.*small/],
    'an error beside data': [url => send(`${url}/graphql`, query('{ models find(slug: "x") }')), /200.*small.*No such model/],
    'a coded error': [url => send(`${url}/graphql`, query('{ find(slug: "x") }')), /200.*No such model/],
    'a bug': [url => send(`${url}/graphql`, query('{ strict }')), /200.*It broke/],
    'a query that is refused': [url => send(`${url}/graphql`, query('{ nothing }')), /400.*Cannot query/],
    'a query that can not be parsed': [url => send(`${url}/graphql`, query('{')), /400.*Syntax Error/],
    'no query': [url => send(`${url}/graphql`, post('{}')), /Unknown query/],
    'a malformed body': [url => send(`${url}/graphql`, post('{')), /400.*JSON/],
    'too large a body': [url => send(`${url}/graphql`, post(TOO_LARGE)), /413.*large/],
    'an error of a hook': [url => send(`${url}/graphql`, failIn('onRequest', query('{ models }'))), /200.*hunter2/]
  },
  ours: {}
}
