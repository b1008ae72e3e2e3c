import type { ReactNode } from 'preact/compat'
import { Link, useLocation } from 'wouter-preact'
import { Account } from './Account'
import { LiveMark } from './LiveMark'
import { LostBar } from './LostBar'
import { places } from './pages'
import { Search } from './Search'
import { ThemeSwitch } from './ThemeSwitch'
import css from './Shell.module.css'

/** What stands around every page. */
export function Shell({ children }: { children: ReactNode }) {
  const [location] = useLocation()
  return (
    <div className={css.shell}>
      <a className={css.skip} href="#main">
        Skip to the content
      </a>
      <header className={css.bar}>
        <div className={css.inner}>
          <Link href="/" className={css.mark}>
            <img src="/icon.svg" alt="" width="24" height="24" />
            Davit
          </Link>
          <nav className={css.places} aria-label="Main">
            {places.map(({ text, to, also = [] }) => (
              <Link key={to} href={to} className={css.place} aria-current={[to, ...also].some((place) => current(location, place)) ? 'page' : undefined}>
                {text}
              </Link>
            ))}
          </nav>
          <div className={css.right}>
            <Search />
            <LiveMark />
            <ThemeSwitch />
            <Account />
          </div>
        </div>
      </header>
      <LostBar />
      <main id="main" className={css.main} tabIndex={-1}>
        {children}
      </main>
    </div>
  )
}

function current(location: string, to: string): boolean {
  return to === '/' ? location === '/' : location === to || location.startsWith(to + '/')
}
