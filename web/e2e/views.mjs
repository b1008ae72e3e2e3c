/** Every view that is looked at, and where it is. empty: in a world where nothing was ever done. */
export const views = [
  { name: 'login', path: '/', title: 'Log in', out: true },
  { name: 'home-first', path: '/', title: 'Nothing is deployed yet', empty: true },
  { name: 'home', path: '/', title: 'Home' },
  { name: 'services', path: '/services', title: 'Services' },
  { name: 'services-none', path: '/services', title: 'Services', empty: true },
  { name: 'audit', path: '/audit', title: 'Audit' },
  { name: 'settings-places', path: '/settings', title: 'Settings' },
  { name: 'settings-tokens', path: '/settings/tokens', title: 'Settings' },
  { name: 'settings-notifications', path: '/settings/notifications', title: 'Settings' },
  { name: 'settings-notifications-none', path: '/settings/notifications', title: 'Settings', empty: true },
  { name: 'settings-sources', path: '/settings/sources', title: 'Settings' },
  { name: 'settings-viewer', path: '/settings/tokens', title: 'Settings', role: 'viewer' },
  { name: 'nowhere', path: '/no/such/place', title: 'Nothing here' },
]
