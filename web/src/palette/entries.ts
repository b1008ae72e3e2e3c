import type { Answer } from '../api/client'
import { setTheme } from '../app/theme'
import { corners, places } from '../app/pages'
import { shortCommit, shortDigest } from '../format/names'
import type { IconName } from '../kit/Icon'
import { logOut } from '../session/session'

type Found = Answer<'/search'>['items'][number]

/** Something that the palette offers. */
export interface Entry {
  key: string
  group: string
  icon: IconName
  title: string
  detail: string
  to?: string // a view
  run?: () => void // or a deed
}

const groups: Record<string, { group: string; icon: IconName }> = {
  service: { group: 'Services', icon: 'box' },
  run: { group: 'Commits and runs', icon: 'branch' },
  release: { group: 'Releases', icon: 'copy' },
  rollout: { group: 'Rollouts', icon: 'wind' },
  flag: { group: 'Flags', icon: 'menu' },
  experiment: { group: 'Experiments', icon: 'chart' },
  person: { group: 'People', icon: 'user' },
}

const addresses: Record<string, (f: Found) => string> = {
  service: (f) => `/services/${f.id}`,
  run: (f) => `/runs/${f.id}`,
  release: (f) => `/releases/${f.id}`,
  rollout: (f) => `/rollouts/${f.id}`,
  flag: (f) => `/flags/${f.id}`,
  experiment: (f) => `/experiments/${f.id}`,
  person: (f) => `/audit?actor=${encodeURIComponent(f.id)}`,
}

/** What the server has found, as entries. */
export function foundEntries(found: Found[]): Entry[] {
  return found.flatMap((f) => {
    const look = groups[f.kind]
    const to = addresses[f.kind]?.(f)
    if (!look || !to) return []
    const detail = [f.kind !== 'service' && f.kind !== 'person' && f.id, f.commit && shortCommit(f.commit), f.kind === 'release' && f.digest && shortDigest(f.digest), f.phase].filter(Boolean).join(' · ')
    return [{ key: `${f.kind} ${f.id}`, ...look, title: f.title || f.id, detail, to }]
  })
}

const deeds: Entry[] = [
  ...[...places, ...corners].map((p): Entry => ({ key: `go ${p.to}`, group: 'Go to', icon: p.icon, title: p.text, detail: p.to, to: p.to })),
  { key: 'theme auto', group: 'Commands', icon: 'auto', title: 'Theme: as the system', detail: '', run: () => setTheme('auto') },
  { key: 'theme light', group: 'Commands', icon: 'sun', title: 'Theme: light', detail: '', run: () => setTheme('light') },
  { key: 'theme dark', group: 'Commands', icon: 'moon', title: 'Theme: dark', detail: '', run: () => setTheme('dark') },
  { key: 'log out', group: 'Commands', icon: 'out', title: 'Log out', detail: '', run: () => void logOut() },
]

/** What the page itself can do that a text is part of. */
export function deedEntries(text: string): Entry[] {
  const wanted = text.trim().toLowerCase()
  return deeds.filter((d) => d.title.toLowerCase().includes(wanted))
}
