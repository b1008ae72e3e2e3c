import { Suspense, useEffect, useRef } from 'preact/compat'
import { Route, Switch, useLocation } from 'wouter-preact'
import { Loading } from '../kit/Loading'
import { Boundary } from './Boundary'
import { NotFound } from './NotFound'
import { views } from './pages'

/** Shows the view of the address. */
export function Routes() {
  const [location] = useLocation()
  const first = useRef(true)
  useEffect(() => {
    if (first.current) {
      first.current = false
      return
    }
    // Those who hear the page are taken to what is new; those who see it, to its top.
    window.scrollTo(0, 0)
    document.getElementById('main')?.focus({ preventScroll: true })
  }, [location])
  return (
    <Boundary key={location}>
      <Suspense fallback={<Loading what="the page" lines={6} />}>
        <Switch>
          {views.map(({ path, page, ready: View = page }) => (
            <Route key={path} path={path}>
              {(params) => <View key={JSON.stringify(params)} {...(params as Record<string, string>)} />}
            </Route>
          ))}
          <Route>
            <NotFound />
          </Route>
        </Switch>
      </Suspense>
    </Boundary>
  )
}
