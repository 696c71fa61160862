"""The pull side: what the provider's API says, walked, checked and written; its news meets the webhooks in the store."""
