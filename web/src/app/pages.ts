import { lazy, type JSX } from 'preact/compat'
import type { IconName } from '../kit/Icon'

type Page = (parts: Record<string, string>) => JSX.Element

interface View {
  path: string
  page: Page
  load: () => Promise<{ default: Page }>
  ready?: Page // once it was fetched ahead
}

const view = (path: string, load: View['load']): View => ({ path, load, page: lazy(load) })

/**
 * Every view and its address. A page's folder is loaded when it is first seen.
 * The parts of an address in colons are the properties of its component.
 */
export const views: View[] = [
  view('/', () => import('../pages/home/HomePage')),
  view('/login', () => import('../pages/home/HomePage')),
  view('/flags', () => import('../pages/flags/FlagsPage')),
  view('/flags/new', () => import('../pages/flags/NewFlagPage')),
  view('/flags/:project/:flag', () => import('../pages/flags/FlagPage')),
  view('/segments/:project', () => import('../pages/flags/SegmentsPage')),
  view('/experiments', () => import('../pages/experiments/ExperimentsPage')),
  view('/experiments/new', () => import('../pages/experiments/NewExperimentPage')),
  view('/experiments/:project/:experiment', () => import('../pages/experiments/ExperimentPage')),
  view('/audit', () => import('../pages/audit/AuditPage')),
  view('/settings/:part?', () => import('../pages/settings/SettingsPage')),
  view('/services', () => import('../pages/services/ServicesPage')),
  view('/services/:service', () => import('../pages/service/ServicePage')),
  view('/services/:service/:environment/logs', () => import('../pages/logs/LogsPage')),
  view('/releases/:release', () => import('../pages/why/ReleasePage')),
  view('/why/:subject', () => import('../pages/why/WhyPage')),
  view('/runs', () => import('../pages/runs/RunsPage')),
  view('/rollouts', () => import('../pages/rollouts/RolloutsPage')),
  view('/runs/:run', () => import('../pages/run/RunPage')),
  view('/rollouts/:rollout', () => import('../pages/rollout/RolloutPage')),
]

/** Fetches the view of an address, so that it is there when it is to be shown. It never fails: whoever shows the view says why it cannot be had. */
export async function fetchView(address: string) {
  const parts = address.split('/')
  const fits = (path: string) => {
    const pattern = path.split('/')
    return parts.length <= pattern.length && pattern.every((p, i) => (p.startsWith(':') ? Boolean(parts[i]) || p.endsWith('?') : p === parts[i]))
  }
  const found = views.find(({ path }) => fits(path))
  if (found) found.ready = await found.load().then((m) => m.default, () => undefined)
}

interface Place {
  text: string
  to: string
  icon: IconName
  also?: string[] // what else lies there
}

/** What the bar at the top leads to. */
export const places: Place[] = [
  { text: 'Home', to: '/', icon: 'wind' },
  { text: 'Services', to: '/services', icon: 'box', also: ['/runs', '/rollouts', '/releases', '/why'] },
  { text: 'Flags', to: '/flags', icon: 'branch', also: ['/experiments', '/segments'] },
  { text: 'Audit', to: '/audit', icon: 'table' },
  { text: 'Settings', to: '/settings', icon: 'menu' },
]

/** What the palette leads to besides. */
export const corners: Place[] = [
  { text: 'Runs', to: '/runs', icon: 'branch' },
  { text: 'Rollouts', to: '/rollouts', icon: 'wind' },
  { text: 'Experiments', to: '/experiments', icon: 'chart' },
  { text: 'Make a flag', to: '/flags/new', icon: 'branch' },
  { text: 'Plan an experiment', to: '/experiments/new', icon: 'chart' },
]
