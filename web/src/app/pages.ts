import { lazy, type ComponentType, type LazyExoticComponent } from 'react'
import type { IconName } from '../kit/Icon'

interface View {
  path: string
  page: LazyExoticComponent<ComponentType<Record<string, string>>>
}

/**
 * Every view and its address. A page's folder is loaded when it is first seen.
 * The parts of an address in colons are the properties of its component.
 */
export const views: View[] = [
  { path: '/', page: lazy(() => import('../pages/home/HomePage')) },
  { path: '/login', page: lazy(() => import('../pages/home/HomePage')) },
  { path: '/flags', page: lazy(() => import('../pages/flags/FlagsPage')) },
  { path: '/flags/new', page: lazy(() => import('../pages/flags/NewFlagPage')) },
  { path: '/flags/:project/:flag', page: lazy(() => import('../pages/flags/FlagPage')) },
  { path: '/segments/:project', page: lazy(() => import('../pages/flags/SegmentsPage')) },
  { path: '/experiments', page: lazy(() => import('../pages/experiments/ExperimentsPage')) },
  { path: '/experiments/:project/:experiment', page: lazy(() => import('../pages/experiments/ExperimentPage')) },
  { path: '/audit', page: lazy(() => import('../pages/audit/AuditPage')) },
  { path: '/settings/:part?', page: lazy(() => import('../pages/settings/SettingsPage')) },
  { path: '/services', page: lazy(() => import('../pages/services/ServicesPage')) },
  { path: '/services/:service', page: lazy(() => import('../pages/service/ServicePage')) },
  { path: '/services/:service/:environment/logs', page: lazy(() => import('../pages/logs/LogsPage')) },
  { path: '/releases/:release', page: lazy(() => import('../pages/why/ReleasePage')) },
  { path: '/why/:subject', page: lazy(() => import('../pages/why/WhyPage')) },
  { path: '/runs', page: lazy(() => import('../pages/runs/RunsPage')) },
  { path: '/rollouts', page: lazy(() => import('../pages/rollouts/RolloutsPage')) },
  { path: '/runs/:run', page: lazy(() => import('../pages/run/RunPage')) },
  { path: '/rollouts/:rollout', page: lazy(() => import('../pages/rollout/RolloutPage')) },
]

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
]
