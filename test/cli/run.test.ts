import { readFile, writeFile } from 'node:fs/promises'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { run } from '../../src/cli/run.js'
import { errorCatalog } from '../../src/index.js'

const QUEUE = `export const queueErrors = { SCAIQUEUE_QUEUE_FULL: { status: 409, message: 'The queue | is full' }, BUNKER_NOT_RUNNING: { status: 425, message: 'Not yet', retry: 'yes' } }
export const other = { limit: 1 }
export default () => {}
`

t.test('without files, the whole catalog', async t => {
  const { output, exitCode } = await run(['catalog'])
  t.equal(exitCode, 0)
  for (const code of Object.keys(errorCatalog)) t.match(output, `| \`${code}\` | `)
  t.match(
    output,
    '### Modules\n\n| Code | HTTP | Meaning | Retry |\n| --- | --- | --- | --- |\n| `SCAIBOT_BOT_NOT_FOUND` | 404 | The bot does not exist | no |\n'
  )
})

t.test('with files, what they define', async t => {
  const file = join(t.testdir({ 'queue.mjs': QUEUE }), 'queue.mjs')
  t.strictSame(await run(['catalog', file]), {
    output: '| Code | HTTP | Meaning | Retry |\n| --- | --- | --- | --- |\n' +
      '| `SCAIQUEUE_QUEUE_FULL` | 409 | The queue \\| is full | no |\n| `BUNKER_NOT_RUNNING` | 425 | Not yet | yes |\n',
    exitCode: 0
  })
  const { output } = await run(['catalog', file, '--format', 'json'])
  t.match(JSON.parse(output), { SCAIQUEUE_QUEUE_FULL: { status: 409, retry: 'no', source: 'defined' } })
})

t.test('a document is compared by the rows of such tables, whatever else is in it', async t => {
  const dir = t.testdir({ 'queue.mjs': QUEUE })
  const [file, document] = [join(dir, 'queue.mjs'), join(dir, 'doc.md')]
  const check = async (text: string): Promise<{ output: string, exitCode: number }> => {
    await writeFile(document, text)
    return await run(['catalog', file, '--check', document])
  }
  const head = '| Code | HTTP | Meaning | Retry |\n|:---|---|---|---|\n'
  const full = '| `SCAIQUEUE_QUEUE_FULL` | 409 | The queue \\| is full | no |\n'
  const running = '| `BUNKER_NOT_RUNNING` | 425 | Not yet | yes |\n'
  const fine = { output: '', exitCode: 0 }

  t.strictSame(await check(`# Mine\n${head}${full}${running}\nMore\n`), fine)
  t.strictSame(await check(`${head}${running}\n${head}${full}`), fine, 'in two tables')
  t.strictSame(await check(`${head}${full}${running}`.replaceAll(' | ', '|').replaceAll('\n', '\r\n')), fine, 'written more closely')
  t.strictSame(await check(`${head}${full}${running}\n| Code | What to do |\n|---|---|\n| \`SCAIQUEUE_QUEUE_FULL\` | wait |\n`), fine, 'and another table')

  for (const [text, problem] of [
    ['# Mine\n', 'it has no table of | Code | HTTP | Meaning | Retry |'],
    [`${head}${full}`, 'BUNKER_NOT_RUNNING is missing'],
    [`${head}${full}\n${running}`, 'BUNKER_NOT_RUNNING is missing'],
    [
      `${head}${full}${running.replace('425', '409')}`,
      'BUNKER_NOT_RUNNING must be | `BUNKER_NOT_RUNNING` | 425 | Not yet | yes |, is | `BUNKER_NOT_RUNNING` | 409 | Not yet | yes |'
    ],
    [`${head}${full}${running}| \`SCAIQUEUE_GONE\` | 410 | Gone | no |\n`, 'SCAIQUEUE_GONE is not defined']
  ] as const) {
    t.strictSame(await check(text), { output: `scai-errors: ${document} is out of date:\n- ${problem}\n`, exitCode: 1 })
  }
})

t.test('catalog.json is the catalog', async t => {
  t.strictSame(await run(['catalog', '--format', 'json', '--check', 'catalog.json']), { output: '', exitCode: 0 })
  t.strictSame(Object.keys(JSON.parse(await readFile('catalog.json', 'utf8'))), Object.keys(errorCatalog))
  const file = join(t.testdir({ 'old.json': '{}' }), 'old.json')
  t.match(await run(['catalog', '--format', 'json', '--check', file]), { output: /is out of date/, exitCode: 1 })
})

t.test('mistakes are reported', async t => {
  const dir = t.testdir({
    'throws.mjs': "throw new Error('boom')",
    'throws-text.mjs': "throw 'boom'",
    'nothing.mjs': 'export const a = {}',
    'bad.mjs': 'export const a = { A_CODE: { status: 200 } }'
  })
  for (const [args, problem] of [
    [[], /unknown command \(none\)\n\nUsage: /],
    [['errors'], /unknown command errors/],
    [['catalog', '--format', 'xml'], /--format must be markdown or json, got xml/],
    [['catalog', '--formt', 'json'], /Unknown option '--formt'/],
    [['catalog', join(dir, 'none.mjs')], /none\.mjs: no such file/],
    [['catalog', join(dir, 'throws.mjs')], /throws\.mjs could not be run: boom/],
    [['catalog', join(dir, 'throws-text.mjs')], /could not be run: boom/],
    [['catalog', join(dir, 'nothing.mjs')], /nothing\.mjs defines no codes: export what defineErrors returns/],
    [['catalog', join(dir, 'bad.mjs')], /A_CODE: status must be an integer from 400 to 599/],
    [['catalog', '--check', join(dir, 'none.md')], /none\.md: no such file/],
    [['catalog', '--format', 'json', '--check', 'README.md'], /README\.md is out of date:\n- it is not what --format json prints/]
  ] as const) t.match(await run(args), { output: problem, exitCode: 1 })
  t.match(await run(['--help']), { output: /^Usage/, exitCode: 0 })
})

t.test('the command writes to the right stream', async t => {
  const env = { ...process.env, _TAPJS_PROCESSINFO_COVERAGE_: '0' }
  const command = promisify(execFile)
  t.match((await command(process.execPath, ['--import', 'tsx', 'src/cli.ts', 'catalog'], { env })).stdout, /MODEL_NOT_FOUND/)
  await t.rejects(command(process.execPath, ['--import', 'tsx', 'src/cli.ts', 'x'], { env }), {
    code: 1,
    stdout: '',
    stderr: /unknown command x/
  })
})
