export default async app => {
  app.setErrorHandler((_error, _request, reply) => { reply.code(409).header('x-own', '1').send({ theirs: 'hunter2' }) })
  app.get('/bad', async () => { throw new Error('hunter2') })
}
