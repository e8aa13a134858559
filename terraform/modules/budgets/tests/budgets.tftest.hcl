mock_provider "aws" {
  source = "../../mocks"
}

variables {
  name              = "deal-finder-test"
  monthly_limit_usd = 150
  emails            = ["ops@example.org"]
}

run "mails_before_the_money_is_gone" {
  assert {
    condition     = toset([for each in aws_budgets_budget.this.notification : each.threshold]) == toset([50, 80, 100])
    error_message = "At half, at most and at all of it."
  }

  assert {
    condition     = aws_budgets_budget.this.limit_amount == "150"
    error_message = "The limit given."
  }

  assert {
    condition     = one(one(aws_budgets_budget.this.cost_filter).values) == "user:Environment$deal-finder-test"
    error_message = "Only what this environment costs."
  }
}

run "without_anomaly_detection" {
  variables {
    enable_anomaly_detection = false
  }

  assert {
    condition     = length(aws_ce_anomaly_subscription.this) == 0
    error_message = "Off is off."
  }
}

run "a_limit_of_nothing_is_refused" {
  command = plan

  variables {
    monthly_limit_usd = 0
  }

  expect_failures = [var.monthly_limit_usd]
}
