def hessian_vector_product(gradient, w, v, *, h=1e-5):
    def along(tau):
        return gradient(w + tau * v)

    return (along(h) - along(-h)) / 2 / h
