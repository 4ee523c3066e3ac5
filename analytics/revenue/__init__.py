"""What subscriptions and courses bring: run rate and its movements, churn, revenue, by plan and country and cohort."""
