// build.mjs DIRECTORY: the console's files, and their compressed forms, into it.
// Names of scripts and styles carry a hash, so that browsers may keep them.
import { build } from 'esbuild';
import { gzipSync } from 'node:zlib';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';

const out = process.argv[2];
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const { metafile } = await build({
  entryPoints: ['console.jsx'],
  outdir: out,
  entryNames: 'console-[hash]',
  assetNames: '[name]-[hash]',
  bundle: true,
  minify: true,
  metafile: true,
  jsx: 'automatic',
  format: 'iife',
  target: 'es2020',
  legalComments: 'none',
  loader: { '.woff2': 'file', '.woff': 'file', '.ttf': 'file' },
  define: { 'process.env.NODE_ENV': '"production"' },
});
const names = Object.keys(metafile.outputs).map((path) => path.split('/').pop());
const find = (end) => names.find((name) => name.startsWith('console-') && name.endsWith(end));
writeFileSync(`${out}/index.html`, readFileSync('index.html', 'utf8')
  .replace('console.js', find('.js')).replace('console.css', find('.css')));
for (const name of readdirSync(out)) {
  const bytes = readFileSync(`${out}/${name}`);
  if (/\.(html|js|css)$/.test(name) && bytes.length > 700) {
    writeFileSync(`${out}/${name}.gz`, gzipSync(bytes, { level: 9 }));
  }
}
