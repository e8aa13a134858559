"""Tells people of alerts: reads deals.alerts, sends each alert at most once, retries, gives up.

claims remember what was sent; messages are made of alerts by templates; services take them.
"""
