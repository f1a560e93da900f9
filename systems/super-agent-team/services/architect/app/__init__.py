"""PRD decomposition: reads a text, names the services it asks for, writes their skeletons as artifacts."""
