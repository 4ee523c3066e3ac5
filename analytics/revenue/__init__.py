"""What members bring: run rates and how they move, what was paid, who stays. Every currency by itself."""
