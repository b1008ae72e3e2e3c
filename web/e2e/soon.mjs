// Says how soon the first page of a running server is there:
// DAVIT_SERVER=http://127.0.0.1:7400 DAVIT_TOKEN=$(cat DATA/admin.token) node soon.mjs
import { run, soon } from './harness.mjs'

await run(async (browser) => {
  const { text } = await soon(browser, process.env.DAVIT_SERVER, process.env.DAVIT_TOKEN)
  console.log(text)
})
