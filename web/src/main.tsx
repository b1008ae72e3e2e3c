import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import './kit/fonts.css'
import './kit/tokens.css'
import './kit/base.css'
import { App } from './app/App'

const root = document.getElementById('page')
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  )
}
