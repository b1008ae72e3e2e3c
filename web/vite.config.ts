import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { defineConfig, type Plugin } from 'vite'

/** Writes .br and .gz beside every file that becomes smaller by it, so that the server compresses nothing. */
function precompressed(): Plugin {
  let out = ''
  return {
    name: 'precompressed',
    apply: 'build',
    configResolved(config) {
      out = resolve(config.root, config.build.outDir)
    },
    closeBundle() {
      for (const entry of readdirSync(out, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile() || !/\.(html|js|css|svg|txt|webmanifest)$/.test(entry.name)) continue
        const path = join(entry.parentPath, entry.name)
        const plain = readFileSync(path)
        const br = brotliCompressSync(plain, {
          params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: plain.length },
        })
        const gz = gzipSync(plain, { level: 9 })
        if (br.length < plain.length) writeFileSync(path + '.br', br)
        if (gz.length < plain.length) writeFileSync(path + '.gz', gz)
      }
    },
  }
}

// `npm run dev` serves the sources and asks a running server: DAVIT_SERVER, or the usual address.
const server = process.env.DAVIT_SERVER ?? 'http://127.0.0.1:7400'

export default defineConfig({
  plugins: [precompressed()],
  build: {
    outDir: '../internal/web/dist/page',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0, // the policy of the page has no data: addresses for scripts and styles
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // What several views share is one file, not twenty small ones, each of which costs a request.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'shared', test: /src\/(kit|api|format|live|session)\//, minShareCount: 2 }] } } },
  },
  server: { proxy: { '/api': server, '/session': server } },
})
