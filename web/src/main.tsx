import { render } from 'preact/compat'
import './kit/fonts.css'
import './kit/tokens.css'
import './kit/base.css'
import { App } from './app/App'
import { firstPicture } from './app/firstPicture'
import { fetchView } from './app/pages'
import { loadSession } from './session/session'

const root = document.getElementById('page')
if (root) {
  // Who it is and the view come at the same time, and not one after the other.
  await Promise.all([loadSession(), fetchView(location.pathname)])
  void firstPicture(root, () => render(<App />, root))
}
