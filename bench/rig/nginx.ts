/**
 * The peer that HTTP is measured against: nginx with one worker, as cdnd is one process.
 * in: a folder of files, or an upstream to cache. out: a server on 127.0.0.1 until it is stopped.
 */

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { assertInstalled } from './installed.ts'
import { freePort, ServerProcess } from './server-process.ts'

/** What stands beside the server, and in it. */
interface Config { http?: string[], server: string[] }

/** Serves the files of a folder; its page cache is warm after the first request. */
export function nginxFiles (folder: string): Promise<ServerProcess> {
  return nginx(folder, {
    server: [
      `root ${folder}`,
      'add_header cache-control "public, max-age=31536000, immutable"'
    ]
  })
}

/** Pulls through from `upstream`, as an edge does: many misses for one file are one request. */
export function nginxCache (folder: string, upstream: string): Promise<ServerProcess> {
  return nginx(folder, {
    http: [
      `proxy_cache_path ${join(folder, 'cache')} levels=1:2 keys_zone=all:10m max_size=10g ` +
        'inactive=30d use_temp_path=off',
      block('upstream origin', [`server ${new URL(upstream).host}`, 'keepalive 64'])
    ],
    server: [block('location /', [
      'proxy_pass http://origin',
      'proxy_http_version 1.1',
      'proxy_set_header Connection ""',
      'proxy_cache all',
      'proxy_cache_key $uri',
      'proxy_cache_valid 200 30d',
      'proxy_cache_lock on'
    ])]
  })
}

async function nginx (folder: string, config: Config): Promise<ServerProcess> {
  assertInstalled('nginx', 'nginx-light')
  const port = await freePort()
  const path = join(folder, 'nginx.conf')
  await writeFile(path, textOf(folder, port, config))
  return await ServerProcess.start('nginx', ['-p', folder, '-c', path], port)
}

function textOf (folder: string, port: number, { http = [], server }: Config): string {
  return statements([
    'daemon off',
    'master_process off',
    `pid ${join(folder, 'nginx.pid')}`,
    'error_log stderr error',
    block('events', ['worker_connections 1024']),
    block('http', [
      'access_log off',
      'sendfile on',
      'tcp_nopush on',
      'keepalive_requests 100000000',
      'open_file_cache max=1000 inactive=60s',
      ...['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(name =>
        `${name}_temp_path ${join(folder, name)}`),
      block('types', ['video/iso.segment m4s']),
      ...http,
      block('server', [`listen 127.0.0.1:${port}`, ...server])
    ])
  ])
}

function block (name: string, inside: string[]): string {
  return `${name} { ${statements(inside)} }`
}

/** A block ends itself. */
function statements (lines: string[]): string {
  return lines.map(line => line.endsWith('}') ? line : `${line};`).join('\n')
}
