import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { connection } from './api/client.ts'
import { followChanges } from './api/queries.ts'
import { App } from './app/app.tsx'
import './style.css'

connection.retry()
void followChanges(new AbortController().signal)

const root = document.getElementById('root')
if (root)
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  )
