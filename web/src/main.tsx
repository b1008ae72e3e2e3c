import { StrictMode } from 'preact/compat'
import { createRoot } from 'preact/compat/client'
import './kit/fonts.css'
import './kit/tokens.css'
import './kit/base.css'
import { App } from './app/App'
import { fetchView } from './app/pages'
import { loadSession } from './session/session'

const root = document.getElementById('page')
if (root) {
  // Who it is and the view come at the same time, and not one after the other.
  void loadSession()
  await fetchView(location.pathname)
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  )
}
