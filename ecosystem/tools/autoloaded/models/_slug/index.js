import { ScaiError } from 'fastify-scai-errors'

export default async app => {
  app.get('/', async ({ params: { slug } }) => {
    if (slug !== 'gpt-4') throw new ScaiError('MODEL_NOT_FOUND')
    return { slug }
  })
  app.get('/bug', async () => undefined.hunter2)
}
